import { ApprovalSettings } from '@gatehouse/approval';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { Ledger } from '../lease/lease.ports';
import type { GetBudgetQuery } from './get-budget.handler';

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
 * REFUSED `APPROVAL_REQUIRED` while the organization wants a second admin for what lets more be spent.
 */
@CommandHandler(ResetBudgetCommand)
export class ResetBudgetHandler implements ICommandHandler<ResetBudgetCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
  ) {}

  async execute({ budget, asked }: ResetBudgetCommand): Promise<LimitStanding> {
    const { limitId, scope } = await this.queries.execute(budget);
    if (await this.approvals.requiredBy(budget.filter.organizationId))
      throw new AppError('REFUSED', 'APPROVAL_REQUIRED');
    await this.ledger.carryOut({ type: 'ResetBudget', limitId, scope, asked });
    return this.queries.execute(budget);
  }
}
