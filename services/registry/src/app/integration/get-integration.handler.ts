import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IntegrationDirectory } from './integration.ports';
import type { IntegrationView } from './integration-streams';

export class GetIntegrationQuery extends Query<IntegrationView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `INTEGRATION_UNKNOWN`, for another organization's as for none. */
@QueryHandler(GetIntegrationQuery)
export class GetIntegrationHandler implements IQueryHandler<GetIntegrationQuery> {
  constructor(private readonly directory: IntegrationDirectory) {}

  async execute(query: GetIntegrationQuery): Promise<IntegrationView> {
    await this.directory.waitFor(query.atLeastPosition);
    const view = await this.directory.find(query.organizationId, query.integrationId);
    if (view === undefined) throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    return view;
  }
}
