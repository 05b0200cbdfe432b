import { Clock } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { rowInForce } from '../../domain/ledger/ledger-row';
import { type LimitState, stateOf } from '../../domain/ledger/limit-state';
import { LimitAccounts, type LimitFilter } from './limit.ports';

export class ListLimitStatesQuery extends Query<readonly LimitState[]> {
  constructor(readonly filter: LimitFilter) {
    super();
  }
}

/** Where each limit stands in the period of now, also where nobody has asked for it yet. */
@QueryHandler(ListLimitStatesQuery)
export class ListLimitStatesHandler implements IQueryHandler<ListLimitStatesQuery> {
  constructor(
    private readonly accounts: LimitAccounts,
    private readonly clock: Clock,
  ) {}

  async execute({ filter }: ListLimitStatesQuery): Promise<readonly LimitState[]> {
    const found = await this.accounts.find(filter);
    const now = this.clock.now();
    return found.map(({ inForce, latest }) => stateOf(inForce, rowInForce(inForce, latest, now)));
  }
}
