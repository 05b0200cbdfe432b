import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { JournalAccounts, type JournalState } from './journal.ports';

export class RecoverLedgerCommand extends Command<readonly JournalState[]> {
  constructor(readonly reason: string) {
    super();
  }
}

/** Answers which journals have said nothing since it was noticed. REFUSED `LEDGER_NOT_RESTORED`. */
@CommandHandler(RecoverLedgerCommand)
export class RecoverLedgerHandler implements ICommandHandler<RecoverLedgerCommand> {
  constructor(private readonly journals: JournalAccounts) {}

  async execute({ reason }: RecoverLedgerCommand): Promise<readonly JournalState[]> {
    const noticedAt = await this.journals.restoredAt();
    if (!noticedAt || !(await this.journals.recover(reason)))
      throw new AppError('REFUSED', 'LEDGER_NOT_RESTORED');
    return this.journals.unheardSince(noticedAt);
  }
}
