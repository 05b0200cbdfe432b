import { Clock, findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { rowInForce } from '../../domain/ledger/ledger-row';
import { type LimitStanding, standingOf } from '../../domain/ledger/limit-state';
import { LimitAccounts, type LimitCursor, type LimitFilter } from './limit.ports';

export class ListLimitStatesQuery extends Query<Page<LimitStanding, LimitCursor>> {
  constructor(
    readonly filter: LimitFilter,
    readonly page: PageRequest<LimitCursor>,
  ) {
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

  execute({ filter, page }: ListLimitStatesQuery): Promise<Page<LimitStanding, LimitCursor>> {
    return findPage(page, (request) => this.statesOf(filter, request), cursorOf);
  }

  private async statesOf(
    filter: LimitFilter,
    request: PageRequest<LimitCursor>,
  ): Promise<readonly LimitStanding[]> {
    const found = await this.accounts.find(filter, request);
    const now = this.clock.now();
    return found.map(({ inForce, latest }) => standingOf(inForce, rowInForce(inForce, latest, now)));
  }
}

const cursorOf = ({ scope, limitId }: LimitStanding): LimitCursor => ({
  scopeKind: scope.kind,
  scopeId: scope.id,
  limitId,
});
