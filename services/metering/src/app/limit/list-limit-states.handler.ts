import { Clock } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { rowInForce } from '../../domain/ledger/ledger-row';
import { type LimitState, stateOf } from '../../domain/ledger/limit-state';
import { LimitAccounts, type LimitCursor, type LimitFilter, type LimitPage } from './limit.ports';

export interface LimitStates {
  readonly states: readonly LimitState[];
  /** Undefined on the last page. */
  readonly next: LimitCursor | undefined;
}

export class ListLimitStatesQuery extends Query<LimitStates> {
  constructor(
    readonly filter: LimitFilter,
    readonly page: LimitPage,
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

  async execute({ filter, page }: ListLimitStatesQuery): Promise<LimitStates> {
    const found = await this.accounts.find(filter, { ...page, limit: page.limit + 1 });
    const now = this.clock.now();
    const states = found
      .slice(0, page.limit)
      .map(({ inForce, latest }) => stateOf(inForce, rowInForce(inForce, latest, now)));
    const last = found.length > page.limit ? states.at(-1) : undefined;
    return { states, next: last && cursorAfter(last) };
  }
}

const cursorAfter = ({ scope, limitId }: LimitState): LimitCursor => ({
  scopeKind: scope.kind,
  scopeId: scope.id,
  limitId,
});
