import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AskedByHand } from '../../domain/lease/lease.events';
import { Ledger } from '../lease/lease.ports';
import { JournalAccounts, type JournalState, RecordedUsage } from './journal.ports';

export interface Recovered {
  /** Periods of which records told more than the ledger knew. */
  readonly raised: number;
  /** Journals that have said nothing since it was noticed, or that fell silent with records that the bus does not have. */
  readonly unheard: readonly JournalState[];
}

export class RecoverLedgerCommand extends Command<Recovered> {
  constructor(readonly asked: AskedByHand) {
    super();
  }
}

/** Periods that are looked at in one transaction. */
const AT_ONCE = 100;

/**
 * First what is spent is made as much as usage records say, then the ledger grants again. Each step may be done again, so that
 * a recovery that failed is simply repeated. REFUSED `LEDGER_NOT_RESTORED`; `USAGE_STILL_COMING` while the bus has records that are not
 * read, or a journal has some that the bus has not.
 */
@CommandHandler(RecoverLedgerCommand)
export class RecoverLedgerHandler implements ICommandHandler<RecoverLedgerCommand> {
  constructor(
    private readonly journals: JournalAccounts,
    private readonly records: RecordedUsage,
    private readonly ledger: Ledger,
  ) {}

  async execute({ asked }: RecoverLedgerCommand): Promise<Recovered> {
    const noticedAt = await this.journals.restoredAt();
    if (!noticedAt) throw new AppError('REFUSED', 'LEDGER_NOT_RESTORED');
    // Journals first: what they have told is on the bus then.
    if ((await this.journals.someUntold()) || !(await this.records.areRead()))
      throw new AppError('REFUSED', 'USAGE_STILL_COMING');
    // Before periods: what an open lease holds becomes what is spent of it, and is not spent beside.
    for (const [journalId, leases] of await this.records.ofLeases())
      await this.ledger.carryOut({ type: 'RecoverLeases', journalId, leases });
    await this.records.keepOfLost(noticedAt);
    let raised = 0;
    const periods = await this.records.ofPeriods();
    for (let from = 0; from < periods.length; from += AT_ONCE)
      raised += await this.ledger.carryOut({
        type: 'RecoverSpent',
        periods: periods.slice(from, from + AT_ONCE),
        asked,
      });
    const unheard = await this.journals.unheardSince(noticedAt);
    if (await this.journals.recover(asked)) return { raised, unheard };
    // A journal has spoken meanwhile, or another operator was quicker.
    const reason = (await this.journals.restoredAt()) ? 'USAGE_STILL_COMING' : 'LEDGER_NOT_RESTORED';
    throw new AppError('REFUSED', reason);
  }
}
