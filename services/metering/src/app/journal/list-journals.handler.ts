import { findPage, type JournalId, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { JournalAccounts, type JournalState } from './journal.ports';

export interface JournalsFound extends Page<JournalState, JournalId> {
  readonly restoredAt: Date | undefined;
}

export class ListJournalsQuery extends Query<JournalsFound> {
  constructor(readonly page: PageRequest<JournalId>) {
    super();
  }
}

@QueryHandler(ListJournalsQuery)
export class ListJournalsHandler implements IQueryHandler<ListJournalsQuery> {
  constructor(private readonly journals: JournalAccounts) {}

  async execute({ page }: ListJournalsQuery): Promise<JournalsFound> {
    const found = await findPage(
      page,
      (request) => this.journals.holding(request),
      ({ id }) => id,
    );
    return { ...found, restoredAt: await this.journals.restoredAt() };
  }
}
