import { createHash, randomUUID } from 'node:crypto';
import { AppError, type Clock } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlanes } from '../adapters/grpc/control-plane';

/** How old what provisioning said of a session may be. */
const KNOWN_MS = 15_000;
const KNOWN_MAX = 2_000;

interface Known {
  readonly until: number;
  readonly live: Promise<unknown>;
}

/** Whether sessions still are, as provisioning says, and that they are used. What they may the services say, at every call. */
export class Sessions {
  /** By a digest of the token. */
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly planes: Pick<ControlPlanes, 'as'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** Errors: UNAUTHENTICATED where it has ended; UNAVAILABLE where nobody can say. */
  async use(token: string): Promise<void> {
    const name = nameOf(token);
    const now = this.clock.monotonicMs();
    const before = this.known.get(name);
    if (before && before.until > now) return void (await before.live);
    if (this.known.size >= KNOWN_MAX) this.known.clear();
    const live = this.look(token, true);
    this.known.set(name, { until: now + KNOWN_MS, live });
    await live.catch((error: unknown) => {
      this.known.delete(name);
      throw error;
    });
  }

  /** Whose it is, which is no use of it. Errors as above. */
  look(token: string, use = false): Promise<provisioningV1.GetSessionResponse> {
    return this.planes.as(token).sessions.getSession({ use });
  }

  /** Ends it, or with `all` every session of its key; what has ended has ended. UNAVAILABLE where nobody can say that. */
  async end(token: string, all = false): Promise<void> {
    const { sessions } = this.planes.as(token);
    const command = { requestId: randomUUID(), reason: 'signed out at the console' };
    this.known.delete(nameOf(token));
    try {
      await (all ? sessions.endSessions({ ...command, apiKeyId: '' }) : sessions.endSession(command));
    } catch (error) {
      if (!isOver(error)) throw error;
    }
  }
}

/** What a token or a key is kept by. */
export const nameOf = (token: string): string => createHash('sha256').update(token).digest('base64');

/** Whether there is no such session, or no more. */
export const isOver = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'UNAUTHENTICATED';
