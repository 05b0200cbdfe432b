import type { Clock } from '@gatehouse/kernel';
import {
  decideLedger,
  type LedgerAnswers,
  LedgerBook,
  type LedgerCommand,
} from '../domain/ledger/ledger-book';
import { Ledger } from '../app/lease/lease.ports';
import type { LeaseTerms } from '../domain/lease/lease';

/** Closed leases, after their deadline. */
const KEPT_MS = 7 * 86_400_000;

/** The decisions alone, over pages that nothing outlives: for specs and simulations. */
export class InMemoryLedger extends Ledger {
  readonly book = new LedgerBook();

  constructor(
    private readonly clock: Clock,
    private readonly terms: LeaseTerms,
  ) {
    super();
  }

  async carryOut<Command extends LedgerCommand>(command: Command): Promise<LedgerAnswers[Command['type']]> {
    const { answer, change } = decideLedger(command, this.book, this.clock.now(), this.terms);
    this.book.apply(change);
    return answer as LedgerAnswers[Command['type']];
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (const [key, { journalId, number, status, deadline }] of this.book.heldLeases) {
      const { acknowledgedBelow = 0n } = this.book.journals.get(journalId) ?? {};
      const old = deadline.getTime() < this.clock.now().getTime() - KEPT_MS;
      if (!old || status !== 'closed' || number >= acknowledgedBelow) continue;
      this.book.heldLeases.delete(key);
      swept += 1;
    }
    return swept;
  }

  reviewBudgets(): Promise<number> {
    const scopes = [...this.book.scopes.values()].map(({ scope }) => scope);
    return this.carryOut({ type: 'ReviewBudgets', scopes });
  }

  closePeriods(): Promise<number> {
    const rows = [...this.book.rows.values()].filter(({ over }) => !over);
    const periods = rows.map(({ limitId, start: periodStart, scope }) => ({ limitId, periodStart, scope }));
    return this.carryOut({ type: 'ClosePeriods', periods });
  }

  async quarantineSilent(): Promise<number> {
    let quarantined = 0;
    const now = this.clock.now();
    for (const { id, journalId, status, deadline } of [...this.book.leases.values()]) {
      if (status !== 'open' || deadline > now) continue;
      quarantined += await this.carryOut({ type: 'QuarantineLeases', journalId, leaseIds: [id] });
    }
    for (const { journalId, number, status, deadline } of [...this.book.heldLeases.values()]) {
      if (status !== 'open' || deadline > now) continue;
      quarantined += await this.carryOut({ type: 'QuarantineHeld', journalId, numbers: [number] });
    }
    return quarantined;
  }
}
