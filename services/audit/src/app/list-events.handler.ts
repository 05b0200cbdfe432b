import type { Page, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { HISTORY, History, type HistoryEvent, type HistoryFilter } from './history.ports';

export class ListEventsQuery extends Query<Page<HistoryEvent, bigint>> {
  constructor(
    readonly filter: HistoryFilter,
    readonly page: PageRequest<bigint>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListEventsQuery)
export class ListEventsHandler implements IQueryHandler<ListEventsQuery> {
  constructor(
    private readonly history: History,
    private readonly projections: Projections,
  ) {}

  async execute({ filter, page, atLeastPosition }: ListEventsQuery): Promise<Page<HistoryEvent, bigint>> {
    await this.projections.waitFor(HISTORY, atLeastPosition);
    return this.history.list(filter, page);
  }
}
