import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageDimension, UsageSums } from '../../domain/usage/usage-record';
import { type SumsFilter, UsageAccounts } from './usage.ports';

export class GetUsageQuery extends Query<readonly UsageSums[]> {
  constructor(
    readonly filter: SumsFilter,
    readonly by: readonly UsageDimension[],
  ) {
    super();
  }
}

@QueryHandler(GetUsageQuery)
export class GetUsageHandler implements IQueryHandler<GetUsageQuery> {
  constructor(private readonly accounts: UsageAccounts) {}

  execute({ filter, by }: GetUsageQuery): Promise<readonly UsageSums[]> {
    return this.accounts.sums(filter, by);
  }
}
