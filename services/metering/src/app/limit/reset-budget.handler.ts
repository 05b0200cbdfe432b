import { ApprovalSettings, approvalWanted } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { ResetApprovalRequired } from '../../domain/ledger/reset-budget';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { Ledger } from '../lease/lease.ports';
import type { GetBudgetQuery } from './get-budget.handler';
import { ProposalDesk } from './limit.ports';

export class ResetBudgetCommand extends Command<LimitStanding> {
  constructor(
    readonly budget: GetBudgetQuery,
    readonly asked: Asked,
  ) {
    super();
  }
}

/**
 * Answers where it stands now. Beside what the ledger refuses: NOT_FOUND `LIMIT_UNKNOWN` where it is not the caller's to see;
 * REFUSED `APPROVAL_REQUIRED` with its proposal while the organization wants a second admin for what lets more be spent; UNAVAILABLE
 * where none can be made.
 */
@CommandHandler(ResetBudgetCommand)
export class ResetBudgetHandler implements ICommandHandler<ResetBudgetCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
    private readonly desk: ProposalDesk,
  ) {}

  async execute({ budget, asked }: ResetBudgetCommand): Promise<LimitStanding> {
    const { organizationId } = budget.filter;
    const { limitId, scope } = await this.queries.execute(budget);
    const kind = (await this.approvals.requiredBy(organizationId)) ? 'wanted' : 'needless';
    try {
      await this.ledger.carryOut({ type: 'ResetBudget', limitId, scope, asked, approval: { kind } });
    } catch (error) {
      if (!(error instanceof ResetApprovalRequired)) throw error;
      const { periodStart } = error;
      throw approvalWanted(await this.desk.proposeReset({ organizationId, limitId, periodStart, asked }));
    }
    return this.queries.execute(budget);
  }
}
