import type { OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IntegrationDirectory } from './integration.ports';
import type { IntegrationView } from './integration-streams';

export interface IntegrationPage {
  readonly integrations: readonly IntegrationView[];
  /** The ordinal to go on after; undefined on the last page. */
  readonly next: bigint | undefined;
}

export class ListIntegrationsQuery extends Query<IntegrationPage> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly after: bigint,
    readonly limit: number,
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
    after,
    limit,
    atLeastPosition,
  }: ListIntegrationsQuery): Promise<IntegrationPage> {
    await this.directory.waitFor(atLeastPosition);
    const found = await this.directory.list(organizationId, after, limit + 1);
    const page = found.slice(0, limit);
    return {
      integrations: page.map(({ view }) => view),
      next: found.length > limit ? page.at(-1)?.ordinal : undefined,
    };
  }
}
