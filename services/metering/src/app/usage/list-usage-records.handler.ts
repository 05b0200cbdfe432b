import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { type RecordFilter, UsageAccounts, type UsageCursor } from './usage.ports';

export interface UsagePage {
  readonly records: readonly UsageRecord[];
  /** Undefined on the last page. */
  readonly next: UsageCursor | undefined;
}

export class ListUsageRecordsQuery extends Query<UsagePage> {
  constructor(
    readonly filter: RecordFilter,
    readonly after: UsageCursor | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListUsageRecordsQuery)
export class ListUsageRecordsHandler implements IQueryHandler<ListUsageRecordsQuery> {
  constructor(private readonly accounts: UsageAccounts) {}

  async execute({ filter, after, limit }: ListUsageRecordsQuery): Promise<UsagePage> {
    const found = await this.accounts.records(filter, { after, limit: limit + 1 });
    const records = found.slice(0, limit);
    return { records, next: found.length > limit ? records.at(-1) : undefined };
  }
}
