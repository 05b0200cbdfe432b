import type { CountedPage, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ChangeFilter, EventFields, HISTORY, History } from './history.ports';
import { type Change, saidBefore } from './said-before';

export class ListHistoryQuery extends Query<CountedPage<Change, bigint>> {
  constructor(
    readonly filter: ChangeFilter,
    readonly page: PageRequest<bigint>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListHistoryQuery)
export class ListHistoryHandler implements IQueryHandler<ListHistoryQuery> {
  constructor(
    private readonly history: History,
    private readonly fields: EventFields,
    private readonly projections: Projections,
  ) {}

  async execute({ filter, page, atLeastPosition }: ListHistoryQuery): Promise<CountedPage<Change, bigint>> {
    await this.projections.waitFor(HISTORY, atLeastPosition);
    const [{ items, next }, totalSize] = await Promise.all([
      this.history.listNewest(filter, page),
      this.history.count(filter),
    ]);
    const pasts = await this.history.pastOf(items);
    const changes = items.map((event) => saidBefore(event, pasts.get(event.stream) ?? [], this.fields));
    return { items: changes, next, totalSize };
  }
}
