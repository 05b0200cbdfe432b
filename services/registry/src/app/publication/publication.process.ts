import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { CatalogComposer, Contents, PriceBookComposer } from './publication.ports';
import { CatalogStream, PriceBookStream } from './publication-streams';
import { Publisher } from './publisher';

const RETRY_MS = 1_000;
/** How long to sleep at most: a clock that is set does not wake anybody. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Publishes what comes with the product where it differs from what was published last: at start, before anybody is
 * served, and the price book again whenever its own prices change by date or time of day. What another version of the
 * program has published since is left alone until the next start, lest two versions take turns.
 */
export class PublicationProcess {
  private readonly stopping = new AbortController();
  private readonly catalog: Publisher;
  private readonly priceBook: Publisher;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    catalogStream: CatalogStream,
    priceBookStream: PriceBookStream,
    catalogComposer: CatalogComposer,
    private readonly priceBookComposer: PriceBookComposer,
    contents: Contents,
    private readonly clock: Clock,
    private readonly log: ServiceLog,
    /** Milliseconds. */
    private readonly refreshEveryMs: number,
  ) {
    this.catalog = new Publisher(catalogStream, catalogComposer, contents, clock);
    this.priceBook = new Publisher(priceBookStream, priceBookComposer, contents, clock);
  }

  /** Resolves when both are published, however long the log is away. */
  async start(): Promise<void> {
    await this.untilDone('the catalog', () => this.catalog.publish());
    await this.refresh();
    await this.untilDone('the price book', () => this.priceBook.publish());
    this.running = Promise.all([this.follow(), this.refreshAgainAndAgain()]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (let done = this.clock.now(); !signal.aborted;) {
      await this.pause(LOOK_AGAIN_MS, this.priceBookComposer.nextChange(done));
      const due = this.priceBookComposer.nextChange(done);
      const now = this.clock.now();
      if (signal.aborted || due === undefined || due > now) continue;
      done = now;
      await this.untilDone('the price book', () => this.priceBook.publishAgain());
    }
  }

  private async refreshAgainAndAgain(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.pause(this.refreshEveryMs, undefined);
      if (signal.aborted || !(await this.refresh())) continue;
      await this.untilDone('the price book', () => this.priceBook.publish());
    }
  }

  /** False where nothing was learned: what stands goes on. */
  private async refresh(): Promise<boolean> {
    try {
      return await this.priceBookComposer.refresh(await this.priceBook.before(), this.clock.now());
    } catch (error) {
      this.log.error({ err: error }, 'prices are not refreshed');
      return false;
    }
  }

  private async untilDone(what: string, publish: () => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        return await publish();
      } catch (error) {
        this.log.warn({ err: error }, `${what} waits to be published`);
        await this.pause(RETRY_MS, undefined);
      }
    }
  }

  private async pause(atMostMs: number, until: Date | undefined): Promise<void> {
    const left = until === undefined ? atMostMs : until.getTime() - this.clock.now().getTime();
    const ms = Math.max(0, Math.min(atMostMs, left));
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
