import type { OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ConnectionSubject, ConnectionTargets } from './connection-targets';
import { Egress, type LiveModels } from './egress.ports';
import { NOTHING_TO_ASK } from './test-connection.handler';

export class ListLiveModelsQuery extends Query<LiveModels> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly subject: ConnectionSubject,
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

  async execute({ organizationId, subject }: ListLiveModelsQuery): Promise<LiveModels> {
    const target = await this.targets.of(organizationId, subject, 'models');
    return target === undefined ? { report: NOTHING_TO_ASK, modelNames: [] } : this.egress.listModels(target);
  }
}
