import type { ApiKeyId, OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type LastCall, UsageAccounts } from './usage.ports';

export class ListLastCallsQuery extends Query<readonly LastCall[]> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly apiKeyIds: readonly ApiKeyId[],
  ) {
    super();
  }
}

@QueryHandler(ListLastCallsQuery)
export class ListLastCallsHandler implements IQueryHandler<ListLastCallsQuery> {
  constructor(private readonly accounts: UsageAccounts) {}

  execute({ organizationId, apiKeyIds }: ListLastCallsQuery): Promise<readonly LastCall[]> {
    return this.accounts.lastCalls(organizationId, apiKeyIds);
  }
}
