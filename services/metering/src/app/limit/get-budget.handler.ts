import { AppError, Clock } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { rowInForce } from '../../domain/ledger/ledger-row';
import { type LimitStanding, standingOf } from '../../domain/ledger/limit-state';
import { LimitAccounts, type LimitFilter } from './limit.ports';

export class GetBudgetQuery extends Query<LimitStanding> {
  constructor(
    /** Of one limit. */
    readonly filter: LimitFilter & Required<Pick<LimitFilter, 'limitId'>>,
  ) {
    super();
  }
}

/** NOT_FOUND `LIMIT_UNKNOWN`, also where it is not the caller's to see. */
@QueryHandler(GetBudgetQuery)
export class GetBudgetHandler implements IQueryHandler<GetBudgetQuery> {
  constructor(
    private readonly accounts: LimitAccounts,
    private readonly clock: Clock,
  ) {}

  async execute({ filter }: GetBudgetQuery): Promise<LimitStanding> {
    const [found] = await this.accounts.find(filter, { after: undefined, size: 1 });
    if (!found) throw new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
    const { inForce, latest } = found;
    return standingOf(inForce, rowInForce(inForce, latest, this.clock.now()));
  }
}
