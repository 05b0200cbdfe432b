import type { LimitId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { AskSlices } from '../../domain/journal/slices';
import type { LinesMoved } from '../../domain/ledger/lines-moved';
import type { Ledger } from '../lease/lease.ports';
import type { WaitingLines } from './journal.ports';
import type { NoticeBoard } from './notice-board';

export interface LineKeeperOptions {
  /**
   * How often it looks without being told to, in milliseconds: for limits that were raised, periods that have begun, waits that
   * are over, and whatever other processes have done.
   */
  readonly everyMs: number;
}

/** How often who holds leases of a limit hears that somebody waits for it. */
const SAY_AGAIN_MS = 500;

/** Serves the lines: what has come free is offered to those who wait, in order, and they are told. */
export class LineKeeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly moved = new Set<LimitId>();
  /** Every line is to be looked at. */
  private all = false;
  private sinceSaidMs = 0;
  private stopped = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly lines: WaitingLines,
    private readonly board: NoticeBoard,
    private readonly log: Pick<ServiceLog, 'warn'>,
    private readonly options: LineKeeperOptions,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.all = true;
      this.wake();
    }, this.options.everyMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Returns at once. */
  linesMoved({ joined, freed, roomier }: LinesMoved): void {
    if (roomier.length > 0) this.board.room(roomier);
    this.board.want(joined);
    for (const limitId of freed) if (this.board.wantedLimits.has(limitId)) this.moved.add(limitId);
    if (this.moved.size > 0) this.wake();
  }

  private wake(): void {
    if (this.stopped) return;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    try {
      while ((this.all || this.moved.size > 0) && !this.stopped) await this.look();
    } catch (error) {
      this.log.warn({ err: error }, 'those who wait for limits could not be looked at');
    }
  }

  private async look(): Promise<void> {
    const { all } = this;
    if (all) await this.lookAround();
    this.all = false;
    const limitIds = all ? [...this.board.wantedLimits.keys()] : [...this.moved];
    this.moved.clear();
    if (limitIds.length === 0) return;
    const { asks, wanted } = await this.lines.toServe(limitIds);
    this.board.want(wanted);
    await this.serve(asks);
    this.board.calm(limitIds.filter((limitId) => !wanted.has(limitId)));
  }

  /** What other processes have done. */
  private async lookAround(): Promise<void> {
    this.sinceSaidMs += this.options.everyMs;
    const again = this.sinceSaidMs >= SAY_AGAIN_MS;
    if (again) this.sinceSaidMs = 0;
    const { journals } = this.board;
    for (const { journalId, askId, answer } of await this.lines.newlyAnswered(journals)) {
      this.board.answered(journalId, askId, answer);
    }
    const waitedFor = await this.lines.waitedFor();
    this.board.want(waitedFor, again);
    this.board.calm([...this.board.wantedLimits.keys()].filter((limitId) => !waitedFor.has(limitId)));
  }

  /** Together, so that they share transactions; one that cannot be carried out is looked at again. */
  private async serve(asks: readonly AskSlices[]): Promise<void> {
    const served = asks.map(async (ask) => {
      const answer = await this.ledger.carryOut(ask);
      if (answer.kind !== 'waiting') this.board.answered(ask.journalId, ask.askId, answer);
    });
    for (const result of await Promise.allSettled(served)) {
      if (result.status === 'rejected') this.log.warn({ err: result.reason }, 'one who waits was not served');
    }
  }
}
