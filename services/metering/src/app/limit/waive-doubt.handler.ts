import { ApprovalSettings } from '@gatehouse/approval';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { UsageAdjustments } from '../usage/usage.ports';
import type { GetBudgetQuery } from './get-budget.handler';

export class WaiveDoubtCommand extends Command<LimitStanding> {
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
@CommandHandler(WaiveDoubtCommand)
export class WaiveDoubtHandler implements ICommandHandler<WaiveDoubtCommand> {
  constructor(
    private readonly adjustments: UsageAdjustments,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
  ) {}

  async execute({ budget, asked }: WaiveDoubtCommand): Promise<LimitStanding> {
    const { organizationId } = budget.filter;
    const { limitId } = await this.queries.execute(budget);
    if (await this.approvals.requiredBy(organizationId)) throw new AppError('REFUSED', 'APPROVAL_REQUIRED');
    await this.adjustments.waive({ organizationId, asked }, limitId);
    return this.queries.execute(budget);
  }
}
