import { findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { type RecordFilter, UsageAccounts, type UsageCursor } from './usage.ports';

export class ListUsageRecordsQuery extends Query<Page<UsageRecord, UsageCursor>> {
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

  execute({ filter, page }: ListUsageRecordsQuery): Promise<Page<UsageRecord, UsageCursor>> {
    return findPage<UsageRecord, UsageCursor>(
      page,
      (request) => this.accounts.records(filter, request),
      (record) => record,
    );
  }
}
