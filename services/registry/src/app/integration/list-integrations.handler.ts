import {
  type CountedPage,
  findPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IntegrationDirectory, type IntegrationSelection } from './integration.ports';
import type { IntegrationView } from './integration-streams';

/** A page of the integrations that were selected, and how many these are in all. */
export type IntegrationPage = CountedPage<IntegrationView, KeyedPlace>;

export class ListIntegrationsQuery extends Query<IntegrationPage> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: IntegrationSelection,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListIntegrationsQuery)
export class ListIntegrationsHandler implements IQueryHandler<ListIntegrationsQuery> {
  constructor(private readonly directory: IntegrationDirectory) {}

  async execute(query: ListIntegrationsQuery): Promise<IntegrationPage> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.directory.waitFor(atLeastPosition);
    const [{ items, next }, totalSize] = await Promise.all([
      findPage(
        page,
        (request) => this.directory.list(organizationId, selection, request),
        ({ cursor }) => cursor,
      ),
      this.directory.count(organizationId, selection),
    ]);
    return { items: items.map(({ view }) => view), next, totalSize };
  }
}
