import { Clock, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { AutoProvisionStreams } from './auto-provision-streams';
import { type AutoProvisionView, autoProvisionView } from './auto-provision.view';

/** Read from the log, so that it is never behind. */
export class GetAutoProvisionQuery extends Query<AutoProvisionView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
    /** True when the caller says that the integration exists, and where: it is then waited for. */
    readonly awaitIntegration: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetAutoProvisionQuery)
export class GetAutoProvisionHandler implements IQueryHandler<GetAutoProvisionQuery> {
  constructor(
    private readonly policies: AutoProvisionStreams,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
  ) {}

  async execute(query: GetAutoProvisionQuery): Promise<AutoProvisionView> {
    const { organizationId, integrationId, awaitIntegration } = query;
    const about = { organizationId, integrationId };
    const { slug } = await liveIntegration(this.integrations, this.clock, { ...about, awaitIntegration });
    return autoProvisionView({ ...about, slug }, await this.policies.find(integrationId));
  }
}
