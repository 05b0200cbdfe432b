import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { type Asked, inSnakeCase, type RequestEnd } from '../../app/traffic';
import type { Key } from '../../domain/configuration';

/** A request whose answer has ended, or whose client is gone. */
export interface EndedRequest {
  readonly requestId: string;
  readonly asked: Asked;
  readonly end: RequestEnd;
  /** That its client was told; 0 where it was told none. */
  readonly status: number;
  /** Whose it is, where that was found out. */
  readonly key: Pick<Key, 'id' | 'workspaceId' | 'organizationId'> | undefined;
  /** Monotonic milliseconds at which its head was there. */
  readonly begunAt: number;
}

/** Lines of errors in a second: of what is beyond them it is told how many there were. */
const ERRORS_A_SECOND_MAX = 100;
const SECOND_MS = 1_000;

/**
 * Tells of requests that are over: of each that ended in an error, and of one in so many of the others. Nothing that a client, a provider or an
 * admin wrote is in it, but for ids; what a request used and cost is in its usage records, by its id.
 */
export class RequestLog {
  private unheard = 0;
  private errors = 0;
  private secondEndsAt = Number.NEGATIVE_INFINITY;
  /** Errors that had no line in this second. */
  private readonly untold = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param oneIn so many requests that end well; 0: none of them. */
  constructor(
    private readonly log: Pick<ServiceLog, 'info'>,
    private readonly clock: Clock,
    private readonly oneIn: number,
  ) {}

  now(): number {
    return this.clock.monotonicMs();
  }

  ended(request: EndedRequest): void {
    if (request.end === 'completed' || request.end === 'clientLeft') this.sample(request);
    else if (this.hasLine()) this.tell(request);
    else this.count(inSnakeCase(request.end));
  }

  /** Tells what is not told yet. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.untold.size === 0) return;
    this.log.info({ outcomes: Object.fromEntries(this.untold) }, 'more requests ended in errors');
    this.untold.clear();
  }

  private sample(request: EndedRequest): void {
    if (this.oneIn === 0 || ++this.unheard < this.oneIn) return;
    this.unheard = 0;
    this.tell(request);
  }

  private hasLine(): boolean {
    const now = this.now();
    if (now >= this.secondEndsAt) {
      this.secondEndsAt = now + SECOND_MS;
      this.errors = 0;
    }
    return ++this.errors <= ERRORS_A_SECOND_MAX;
  }

  private count(outcome: string): void {
    this.untold.set(outcome, (this.untold.get(outcome) ?? 0) + 1);
    this.timer ??= setTimeout(() => this.close(), SECOND_MS).unref();
  }

  private tell({ requestId, asked, end, status, key, begunAt }: EndedRequest): void {
    this.log.info(
      {
        ...{ requestId, surface: asked, outcome: inSnakeCase(end), status },
        tookMs: Math.round((this.now() - begunAt) * 10) / 10,
        ...(key && { apiKeyId: key.id, workspaceId: key.workspaceId, organizationId: key.organizationId }),
      },
      'a request ended',
    );
  }
}
