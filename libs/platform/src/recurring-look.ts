import { setTimeout as sleep } from 'node:timers/promises';
import type { Projections } from './projections';
import type { ServiceLog } from './service-log';

/** The longest between two looks, in milliseconds, where nothing tells that there is something to find. */
const SELDOM_MS = 5_000;

export interface RecurringLookOptions {
  /** What is looked for, in words. */
  readonly work: string;
  /** Between two looks at least, in milliseconds. */
  readonly intervalMs: number;
  /** Where open work shows first. */
  readonly projections: Pick<Projections, 'changes'>;
  readonly log: Pick<ServiceLog, 'warn'>;
  /** Carries out what is open. Whatever it throws, it is called again. */
  readonly look: () => Promise<void>;
}

/**
 * What process managers have in common: they look for open work again and again while the service runs, and carry it out.
 * They remember nothing: what is open is in the log and its projections, every step may be repeated, and so a crash
 * anywhere is mended by looking again. A change of a projection has them look at once; the longer none is told, the more
 * seldom they look, for what only time brings about, what had to wait, and what another process was told of.
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

  /** Within a look: of an item that cannot be dealt with it is told. It has its turn again in the next look, and holds up no other. */
  async each<Item>(
    items: readonly Item[],
    deal: (item: Item) => Promise<unknown>,
    about: (item: Item) => object,
  ): Promise<void> {
    const { work, log } = this.options;
    for (const item of items) {
      try {
        await deal(item);
      } catch (error) {
        log.warn({ err: error, ...about(item) }, `one of these will be dealt with later: ${work}`);
      }
    }
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { work, intervalMs, projections, log, look } = this.options;
    const { changes } = projections;
    for (let gapMs = intervalMs; !this.stopped.aborted;) {
      // Before the look, which may not see what changes while it is under way.
      const mark = changes.mark();
      await look().catch((error: unknown) => log.warn({ err: error }, `${work} will be looked for again`));
      await sleep(intervalMs, undefined, { signal: this.stopped }).catch(() => undefined);
      await changes.wait(mark, gapMs - intervalMs, this.stopped);
      const told = changes.mark() !== mark;
      gapMs = told ? intervalMs : Math.min(2 * gapMs, Math.max(SELDOM_MS, intervalMs));
    }
  }
}
