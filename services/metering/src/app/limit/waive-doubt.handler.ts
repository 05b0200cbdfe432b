import { ApprovalSettings, approvalWanted } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { WaiverApprovalRequired } from '../../domain/adjustment/waive-doubt';
import { UsageAdjustments } from '../usage/usage.ports';
import type { GetBudgetQuery } from './get-budget.handler';
import { ProposalDesk } from './limit.ports';

export class WaiveDoubtCommand extends Command<LimitStanding> {
  constructor(
    readonly budget: GetBudgetQuery,
    readonly asked: Asked,
  ) {
    super();
  }
}

/**
 * Answers where it stands now. NOT_FOUND `LIMIT_UNKNOWN` where it is not the caller's to see; REFUSED `APPROVAL_REQUIRED` with its
 * proposal, where something is in doubt, while the organization wants a second admin for what lets more be spent; UNAVAILABLE where none
 * can be made.
 */
@CommandHandler(WaiveDoubtCommand)
export class WaiveDoubtHandler implements ICommandHandler<WaiveDoubtCommand> {
  constructor(
    private readonly adjustments: UsageAdjustments,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
    private readonly desk: ProposalDesk,
  ) {}

  async execute({ budget, asked }: WaiveDoubtCommand): Promise<LimitStanding> {
    const { organizationId } = budget.filter;
    const { limitId } = await this.queries.execute(budget);
    const kind = (await this.approvals.requiredBy(organizationId)) ? 'wanted' : 'needless';
    try {
      await this.adjustments.waive({ organizationId, asked, approval: { kind } }, limitId);
    } catch (error) {
      if (!(error instanceof WaiverApprovalRequired)) throw error;
      const { periodStart, doubt } = error;
      const wanted = { kind: 'waiver', organizationId, limitId, periodStart, doubt, asked } as const;
      throw approvalWanted(await this.desk.proposeCorrection(wanted));
    }
    return this.queries.execute(budget);
  }
}
