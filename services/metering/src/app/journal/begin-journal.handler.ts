import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { BeginJournal, Begun } from '../../domain/journal/begin-journal';
import { Ledger } from '../lease/lease.ports';

export class BeginJournalCommand extends Command<Begun> {
  constructor(readonly begin: BeginJournal) {
    super();
  }
}

@CommandHandler(BeginJournalCommand)
export class BeginJournalHandler implements ICommandHandler<BeginJournalCommand> {
  constructor(private readonly ledger: Ledger) {}

  execute({ begin }: BeginJournalCommand): Promise<Begun> {
    return this.ledger.carryOut(begin);
  }
}
