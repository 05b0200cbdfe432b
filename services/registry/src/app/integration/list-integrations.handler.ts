import { findPage, type OrganizationId, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IntegrationDirectory } from './integration.ports';
import type { IntegrationView } from './integration-streams';

export class ListIntegrationsQuery extends Query<Page<IntegrationView, bigint>> {
  constructor(
    readonly organizationId: OrganizationId,
    /** By ordinal. */
    readonly page: PageRequest<bigint>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListIntegrationsQuery)
export class ListIntegrationsHandler implements IQueryHandler<ListIntegrationsQuery> {
  constructor(private readonly directory: IntegrationDirectory) {}

  async execute({
    organizationId,
    page,
    atLeastPosition,
  }: ListIntegrationsQuery): Promise<Page<IntegrationView, bigint>> {
    await this.directory.waitFor(atLeastPosition);
    const { items, next } = await findPage(
      page,
      (request) => this.directory.list(organizationId, request),
      ({ ordinal }) => ordinal,
    );
    return { items: items.map(({ view }) => view), next };
  }
}
