import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { DIRECTORY } from '../directory.ports';
import { Integrations } from '../provision/provision.ports';
import { type OfferedModels, type ReplayedModels, type ToldPart, UsageReplays } from './preview.ports';

export class PreviewIntegrationModelsQuery extends Query<ReplayedModels | 'unknown'> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly asked: {
      readonly integrationId: IntegrationId;
      readonly models: OfferedModels;
      readonly told: ToldPart;
    },
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** NOT_FOUND `INTEGRATION_UNKNOWN`, also for another organization's. */
@QueryHandler(PreviewIntegrationModelsQuery)
export class PreviewIntegrationModelsHandler implements IQueryHandler<PreviewIntegrationModelsQuery> {
  constructor(
    private readonly integrations: Integrations,
    private readonly replays: UsageReplays,
    private readonly projections: Projections,
  ) {}

  async execute(query: PreviewIntegrationModelsQuery): Promise<ReplayedModels | 'unknown'> {
    const { organizationId, asked, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if (!(await this.integrations.find(organizationId, asked.integrationId)))
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    return this.replays.ofOffered(organizationId, asked);
  }
}
