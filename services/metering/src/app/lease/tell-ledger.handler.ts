import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { LedgerAnswers } from '../../domain/ledger/ledger-book';
import type { CloseLease } from '../../domain/lease/close-lease';
import type { OpenJournal } from '../../domain/lease/open-journal';
import type { RenewLeases } from '../../domain/lease/renew-leases';
import type { ReturnLease } from '../../domain/lease/return-lease';
import { Ledger } from './lease.ports';

/** What a journal tells the ledger. */
export type Told = OpenJournal | RenewLeases | ReturnLease | CloseLease;

export class TellLedgerCommand<T extends Told> extends Command<LedgerAnswers[T['type']]> {
  constructor(readonly told: T) {
    super();
  }
}

/** Facts and signs of life: the ledger decides at once, there is nothing to wait for. */
@CommandHandler(TellLedgerCommand)
export class TellLedgerHandler implements ICommandHandler<TellLedgerCommand<Told>> {
  constructor(private readonly ledger: Ledger) {}

  execute({ told }: TellLedgerCommand<Told>): Promise<LedgerAnswers[Told['type']]> {
    return this.ledger.carryOut(told);
  }
}
