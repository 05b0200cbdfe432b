import type { JournalId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AskedByHand } from '../../domain/lease/lease.events';
import { Ledger } from '../lease/lease.ports';
import { JournalAccounts } from './journal.ports';

export class ReleaseQuarantineCommand extends Command<number> {
  constructor(
    readonly journalId: JournalId,
    readonly asked: AskedByHand,
  ) {
    super();
  }
}

/** Answers how many leases were released. */
@CommandHandler(ReleaseQuarantineCommand)
export class ReleaseQuarantineHandler implements ICommandHandler<ReleaseQuarantineCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly journals: JournalAccounts,
  ) {}

  async execute({ journalId, asked }: ReleaseQuarantineCommand): Promise<number> {
    let released = 0;
    for (;;) {
      const numbers = await this.journals.quarantinedOf(journalId);
      if (numbers.length === 0) return released;
      const now = await this.ledger.carryOut({ type: 'ReleaseQuarantine', journalId, numbers, asked });
      // Those that were heard again meanwhile are not in quarantine any more.
      if (now === 0) return released;
      released += now;
    }
  }
}
