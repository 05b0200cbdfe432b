import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageSums } from '../../domain/usage/usage-record';
import { type SumsFilter, type SumsShape, UsageAccounts } from './usage.ports';

export class GetUsageQuery extends Query<readonly UsageSums[]> {
  constructor(
    readonly filter: SumsFilter,
    readonly shape: SumsShape,
  ) {
    super();
  }
}

@QueryHandler(GetUsageQuery)
export class GetUsageHandler implements IQueryHandler<GetUsageQuery> {
  constructor(private readonly accounts: UsageAccounts) {}

  execute({ filter, shape }: GetUsageQuery): Promise<readonly UsageSums[]> {
    return this.accounts.sums(filter, shape);
  }
}
