import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { JournalAccounts } from './journal.ports';

export class RecoverLedgerCommand extends Command<void> {
  constructor(readonly reason: string) {
    super();
  }
}

/** REFUSED `LEDGER_NOT_RESTORED`. */
@CommandHandler(RecoverLedgerCommand)
export class RecoverLedgerHandler implements ICommandHandler<RecoverLedgerCommand> {
  constructor(private readonly journals: JournalAccounts) {}

  async execute({ reason }: RecoverLedgerCommand): Promise<void> {
    if (!(await this.journals.recover(reason))) throw new AppError('REFUSED', 'LEDGER_NOT_RESTORED');
  }
}
