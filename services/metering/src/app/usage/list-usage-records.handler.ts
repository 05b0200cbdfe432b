import { findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { CorrectedRecord } from '../../domain/usage/usage-record';
import { type RecordFilter, UsageAccounts, type UsageCursor } from './usage.ports';

export class ListUsageRecordsQuery extends Query<Page<CorrectedRecord, UsageCursor>> {
  constructor(
    readonly filter: RecordFilter,
    readonly page: PageRequest<UsageCursor>,
  ) {
    super();
  }
}

@QueryHandler(ListUsageRecordsQuery)
export class ListUsageRecordsHandler implements IQueryHandler<ListUsageRecordsQuery> {
  constructor(private readonly accounts: UsageAccounts) {}

  execute({ filter, page }: ListUsageRecordsQuery): Promise<Page<CorrectedRecord, UsageCursor>> {
    return findPage<CorrectedRecord, UsageCursor>(
      page,
      (request) => this.accounts.records(filter, request),
      (record) => record,
    );
  }
}
