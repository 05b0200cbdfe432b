import type { Clock } from '@gatehouse/kernel';
import {
  decideLedger,
  type LedgerAnswers,
  LedgerBook,
  type LedgerCommand,
} from '../domain/ledger/ledger-book';
import { Ledger } from '../app/lease/lease.ports';
import type { LeaseTerms } from '../domain/lease/lease';

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

  async quarantineSilent(): Promise<number> {
    let quarantined = 0;
    const now = this.clock.now();
    for (const { id, journalId, status, deadline } of [...this.book.leases.values()]) {
      if (status !== 'open' || deadline > now) continue;
      quarantined += await this.carryOut({ type: 'QuarantineLeases', journalId, leaseIds: [id] });
    }
    return quarantined;
  }
}
