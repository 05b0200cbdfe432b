import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ConnectionTargets } from './connection-targets';
import { Egress, type LiveModels } from './egress.ports';
import { NOTHING_TO_ASK } from './test-connection.handler';

export class ListLiveModelsQuery extends Query<LiveModels> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
  ) {
    super();
  }
}

/** The provider's own list of models. Errors: as of `TestConnectionHandler`. */
@QueryHandler(ListLiveModelsQuery)
export class ListLiveModelsHandler implements IQueryHandler<ListLiveModelsQuery> {
  constructor(
    private readonly targets: ConnectionTargets,
    private readonly egress: Egress,
  ) {}

  async execute({ organizationId, integrationId }: ListLiveModelsQuery): Promise<LiveModels> {
    const target = await this.targets.ofIntegration(organizationId, integrationId, 'models');
    return target === undefined ? { report: NOTHING_TO_ASK, modelNames: [] } : this.egress.listModels(target);
  }
}
