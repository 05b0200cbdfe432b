import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Dependents } from '../../domain/integration/delete-integration';
import { liveIntegration } from '../../domain/integration/live-integration';
import { IntegrationDependents } from './integration-dependents';
import { IntegrationStreams } from './integration-streams';

export class GetIntegrationDependentsQuery extends Query<Dependents> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_DELETED`. */
@QueryHandler(GetIntegrationDependentsQuery)
export class GetIntegrationDependentsHandler implements IQueryHandler<GetIntegrationDependentsQuery> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly dependents: IntegrationDependents,
  ) {}

  async execute({ organizationId, integrationId }: GetIntegrationDependentsQuery): Promise<Dependents> {
    const { integration } = await this.integrations.owned(organizationId, integrationId);
    liveIntegration(integration);
    return this.dependents.of(organizationId, integrationId);
  }
}
