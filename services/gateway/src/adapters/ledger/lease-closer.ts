import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { LedgerRpc } from './grpc-ledger';

interface Closing {
  readonly final: meteringV1.CloseLeaseRequest;
  readonly resolve: () => void;
}

const CONCURRENT_MAX = 32;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;
/** A final that the ledger refuses is our bug or its loss: kept, and tried seldom. */
const REFUSED_AGAIN_MS = 30_000;

/** Sends finals until they are acknowledged. Order does not matter: they are absolute. */
export class LeaseCloser {
  private readonly queue: Closing[] = [];
  private active = 0;
  private backoffMs = 0;
  private stopped = false;

  constructor(
    private readonly rpc: LedgerRpc,
    private readonly log: Pick<ServiceLog, 'error'>,
  ) {}

  close(final: meteringV1.CloseLeaseRequest): Promise<void> {
    return new Promise((resolve) => {
      this.queue.push({ final, resolve });
      this.next();
    });
  }

  /** What was not acknowledged is in the journal. */
  stop(): void {
    this.stopped = true;
  }

  private next(): void {
    // While the ledger does not answer, one at a time finds out when it does again.
    const slots = this.backoffMs > 0 ? 1 : CONCURRENT_MAX;
    while (!this.stopped && this.active < slots && this.queue.length > 0) {
      this.active++;
      void this.send(this.queue.shift() as Closing).finally(() => {
        this.active--;
        this.next();
      });
    }
  }

  private async send(closing: Closing): Promise<void> {
    if (this.backoffMs > 0) await sleep(this.backoffMs, undefined, { ref: false });
    if (this.stopped) return;
    try {
      await this.rpc.closeLease(closing.final);
      this.backoffMs = 0;
      closing.resolve();
    } catch (error) {
      if (isRefused(error)) {
        this.log.error(
          { err: error, leaseId: closing.final.leaseId },
          'the ledger refused the final of a lease',
        );
        setTimeout(() => this.requeue(closing), REFUSED_AGAIN_MS).unref();
        return;
      }
      this.backoffMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_MIN_MS, this.backoffMs * 2));
      this.queue.unshift(closing);
    }
  }

  private requeue(closing: Closing): void {
    this.queue.push(closing);
    this.next();
  }
}

const isRefused = (error: unknown): boolean => error instanceof AppError && error.code !== 'UNAVAILABLE';
