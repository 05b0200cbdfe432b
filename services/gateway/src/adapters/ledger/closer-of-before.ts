import { setTimeout as sleep } from 'node:timers/promises';
import type { Promised } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';

export type RpcOfBefore = Pick<Promised<meteringV1.LedgerServiceClient>, 'closeLease' | 'close'>;

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/** Tells the finals that a journal of the version before has left, each lease by the name that it had. */
export class CloserOfBefore {
  private stopped = false;

  constructor(
    private readonly rpc: RpcOfBefore,
    private readonly log: Pick<ServiceLog, 'warn' | 'error'>,
  ) {}

  /** Resolves with true when the ledger has them all, however long that takes; with false when it was stopped before. */
  async closeAll(finals: readonly meteringV1.CloseLeaseRequest[]): Promise<boolean> {
    for (const final of finals) if (!(await this.close(final))) return false;
    return true;
  }

  stop(): void {
    this.stopped = true;
    this.rpc.close();
  }

  private async close(final: meteringV1.CloseLeaseRequest): Promise<boolean> {
    for (let delay = BACKOFF_MIN_MS; !this.stopped; delay = Math.min(BACKOFF_MAX_MS, delay * 2)) {
      try {
        await this.rpc.closeLease(final);
        return true;
      } catch (error) {
        const refused = error instanceof AppError && error.code !== 'UNAVAILABLE';
        this.log[refused ? 'error' : 'warn'](
          { err: error, leaseId: final.leaseId },
          'a lease is not closed yet',
        );
        // A final that the ledger does not know will not be known later.
        if (refused) return true;
        await sleep(delay, undefined, { ref: false });
      }
    }
    return false;
  }
}
