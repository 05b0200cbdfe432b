import type { CountedPage, KeyedPlace, OrganizationId, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { AutoProvisions, ROLLOUTS } from './auto-provision.ports';
import type { AutoProvisionView } from './auto-provision.view';

export class ListAutoProvisionsQuery extends Query<CountedPage<AutoProvisionView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListAutoProvisionsQuery)
export class ListAutoProvisionsHandler implements IQueryHandler<ListAutoProvisionsQuery> {
  constructor(
    private readonly autoProvisions: AutoProvisions,
    private readonly projections: Projections,
  ) {}

  async execute(query: ListAutoProvisionsQuery): Promise<CountedPage<AutoProvisionView, KeyedPlace>> {
    const { organizationId, page, atLeastPosition } = query;
    await this.projections.waitFor(ROLLOUTS, atLeastPosition);
    return this.autoProvisions.policies(organizationId, page);
  }
}
