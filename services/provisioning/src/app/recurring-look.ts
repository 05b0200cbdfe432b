import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceLog } from '@gatehouse/platform';

export interface RecurringLookOptions {
  /** What is looked for, in words. */
  readonly work: string;
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
  readonly log: ServiceLog;
  /** Carries out what is open. Whatever it throws, it is called again. */
  readonly look: () => Promise<void>;
}

/**
 * What process managers have in common: they look for open work again and again while the service runs, and carry it out.
 * They remember nothing: what is open is in the log and its projections, every step may be repeated, and so a crash
 * anywhere is mended by looking again.
 */
export class RecurringLook {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RecurringLookOptions) {}

  /** Aborted when the service stops: what is left will be found by the next process. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    this.running = this.lookAgainAndAgain();
  }

  /** Ends when the look in hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { work, intervalMs, log, look } = this.options;
    while (!this.stopped.aborted) {
      await look().catch((error: unknown) => log.warn({ err: error }, `${work} will be looked for again`));
      await sleep(intervalMs, undefined, { signal: this.stopped }).catch(() => undefined);
    }
  }
}
