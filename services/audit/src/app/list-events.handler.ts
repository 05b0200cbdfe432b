import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { HISTORY, History, type HistoryEvent, type HistoryFilter } from './history.ports';

export interface EventPage {
  readonly events: readonly HistoryEvent[];
  /** The sequence to go on after; undefined on the last page. */
  readonly next: bigint | undefined;
}

export class ListEventsQuery extends Query<EventPage> {
  constructor(
    readonly filter: HistoryFilter,
    readonly after: bigint,
    readonly limit: number,
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

  async execute({ filter, after, limit, atLeastPosition }: ListEventsQuery): Promise<EventPage> {
    await this.projections.waitFor(HISTORY, atLeastPosition);
    // One more than asked for tells whether there is another page.
    const found = await this.history.list(filter, after, limit + 1);
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? events.at(-1)?.sequence : undefined };
  }
}
