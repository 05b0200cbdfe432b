import { ApprovalSettings } from '@gatehouse/approval';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { JournalAccounts } from '../journal/journal.ports';
import { Ledger } from '../lease/lease.ports';
import type { GetBudgetQuery } from './get-budget.handler';

export interface HeldReleased {
  readonly standing: LimitStanding;
  /** How many leases were released by this call. */
  readonly released: number;
}

export class ReleaseHeldCommand extends Command<HeldReleased> {
  constructor(
    readonly budget: GetBudgetQuery,
    readonly asked: Asked,
  ) {
    super();
  }
}

/**
 * Answers where it stands now. NOT_FOUND `LIMIT_UNKNOWN` where it is not the caller's to see; REFUSED `APPROVAL_REQUIRED` while the
 * organization wants a second admin for what lets more be spent.
 */
@CommandHandler(ReleaseHeldCommand)
export class ReleaseHeldHandler implements ICommandHandler<ReleaseHeldCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly journals: JournalAccounts,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
  ) {}

  async execute({ budget, asked }: ReleaseHeldCommand): Promise<HeldReleased> {
    const { organizationId } = budget.filter;
    const { limitId } = await this.queries.execute(budget);
    if (await this.approvals.requiredBy(organizationId)) throw new AppError('REFUSED', 'APPROVAL_REQUIRED');
    let released = 0;
    for (let before = -1; before < released;) {
      before = released;
      // Those that were heard again meanwhile are not in quarantine any more.
      for (const silent of await this.journals.quarantinedUnder(limitId, { organizationId, ...asked }))
        released += await this.ledger.carryOut({ type: 'ReleaseQuarantine', ...silent, asked });
    }
    return { standing: await this.queries.execute(budget), released };
  }
}
