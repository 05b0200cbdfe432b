import type { Attempt, Journal, UsageOutbox } from './gateway.ports';

/** Brings settled attempts to where they count: the journal first, then the bus, until it has them. */
export class Settlements {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly journal: Journal,
    private readonly outbox: UsageOutbox,
  ) {}

  /**
   * The answer may end when this returns.
   *
   * @param written called once the settlement is in the journal: room that it leaves is room again.
   */
  settle(attempt: Attempt, written: () => void): void {
    this.track(this.journal.settle(attempt, written).then(() => this.tell(attempt)));
  }

  /** Tells a settlement that the journal holds on disk already. */
  resume(attempt: Attempt): void {
    this.track(this.tell(attempt));
  }

  /** Resolves when all that was settled so far has been told. */
  async idle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  private async tell(attempt: Attempt): Promise<void> {
    await this.outbox.publish(attempt.record);
    this.journal.done(attempt);
  }

  private track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.pending.delete(tracked));
    this.pending.add(tracked);
  }
}
