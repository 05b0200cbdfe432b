import type { Attempt, Journal, Ledger, UsageOutbox } from './gateway.ports';

/** Brings settled attempts to where they count: the journal first, then ledger and bus, each until it has them. */
export class Settlements {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly journal: Journal,
    private readonly ledger: Ledger,
    private readonly outbox: UsageOutbox,
  ) {}

  /** The settlement is in the journal when this returns; the answer may end then. */
  settle(attempt: Attempt): void {
    this.track(this.journal.settle(attempt).then(() => this.tell(attempt)));
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
    const { record, final } = attempt;
    await Promise.all([final && this.ledger.close(final), this.outbox.publish(record)]);
    this.journal.done(attempt);
  }

  private track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.pending.delete(tracked));
    this.pending.add(tracked);
  }
}
