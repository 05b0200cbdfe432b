import { NO_EVENTS } from '@gatehouse/event-store';
import { AppError, Clock, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { OrganizationStreams } from '../organization/organization-streams';
import { knownIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { IntegrationLimitsStreams } from './integration-limits-streams';
import type { HeldLimits, LimitHolder } from './limit-holder';

export class GetLimitsQuery extends Query<HeldLimits> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly holder: LimitHolder,
    /** True when the caller says that the integration exists, and where: it is then waited for. */
    readonly awaitIntegration: boolean,
  ) {
    super();
  }
}

/** Read from the stream itself, so that whoever has just changed them finds them changed. */
@QueryHandler(GetLimitsQuery)
export class GetLimitsHandler implements IQueryHandler<GetLimitsQuery> {
  constructor(
    private readonly organizations: OrganizationStreams,
    private readonly integrationLimits: IntegrationLimitsStreams,
    private readonly integrations: Integrations,
    private readonly workspaces: WorkspaceStreams,
    private readonly clock: Clock,
  ) {}

  async execute(query: GetLimitsQuery): Promise<HeldLimits> {
    return { holder: query.holder, ...(await this.limitsOf(query)) };
  }

  private async limitsOf({
    organizationId,
    holder,
    awaitIntegration,
  }: GetLimitsQuery): Promise<Omit<HeldLimits, 'holder'>> {
    switch (holder.kind) {
      case 'organization': {
        const recorded = await this.organizations.find(organizationId);
        if (recorded?.state.status === 'created')
          return { limits: recorded.state.limits, revision: recorded.revision };
        throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
      }
      case 'integration': {
        const { integrationId } = holder;
        const sought = { organizationId, integrationId, awaitIntegration };
        const known = await knownIntegration(this.integrations, this.clock, sought);
        if (!known) throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
        const recorded = await this.integrationLimits.find(integrationId);
        return { limits: recorded?.state.limits ?? [], revision: recorded?.revision ?? NO_EVENTS };
      }
      case 'workspaceKeys': {
        const { state, revision } = await this.workspaces.owned(organizationId, holder.workspaceId);
        return { limits: state.keyLimits, revision };
      }
    }
  }
}
