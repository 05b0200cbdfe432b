import type { EventMetadata } from '@gatehouse/event-store';
import {
  Clock,
  Ids,
  type IntegrationId,
  type Limit,
  type LimitSpec,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { OrganizationStreams } from '../organization/organization-streams';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { IntegrationLimitsStreams } from './integration-limits-streams';
import type { HeldLimits, LimitHolder } from './limit-holder';

export class ChangeLimitsCommand extends Command<Answered<HeldLimits>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly holder: LimitHolder,
    readonly limits: readonly LimitSpec[],
  ) {
    super();
  }
}

/** What is asked for, with what its command is to be called in the log and new ids derive from. */
interface Asked {
  readonly metadata: EventMetadata;
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

@CommandHandler(ChangeLimitsCommand)
export class ChangeLimitsHandler implements ICommandHandler<ChangeLimitsCommand> {
  constructor(
    private readonly organizations: OrganizationStreams,
    private readonly integrationLimits: IntegrationLimitsStreams,
    private readonly integrations: Integrations,
    private readonly workspaces: WorkspaceStreams,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, holder, limits }: ChangeLimitsCommand): Promise<Answered<HeldLimits>> {
    const { organizationId, requestId } = metadata;
    const asked = { metadata, limits, seed: this.ids.derive('seed', organizationId, requestId) };
    const { view, position } = await this.change(holder, asked);
    return { view: { holder, limits: view }, position };
  }

  private change(holder: LimitHolder, asked: Asked): Promise<Answered<readonly Limit[]>> {
    switch (holder.kind) {
      case 'organization':
        return this.ofOrganization(asked);
      case 'integration':
        return this.ofIntegration(asked, holder.integrationId);
      case 'workspaceKeys':
        return this.ofWorkspaceKeys(asked, holder.workspaceId);
    }
  }

  private async ofOrganization({ metadata, ...asked }: Asked): Promise<Answered<readonly Limit[]>> {
    const command = { type: 'ChangeOrganizationLimits', ...asked } as const;
    const answer = await this.organizations.decide(metadata.organizationId, command, { metadata });
    return { view: answer.state.status === 'created' ? answer.state.limits : [], position: answer.position };
  }

  private async ofIntegration(
    { metadata, ...asked }: Asked,
    integrationId: IntegrationId,
  ): Promise<Answered<readonly Limit[]>> {
    const { organizationId } = metadata;
    await liveIntegration(this.integrations, this.clock, { organizationId, integrationId, patienceMs: 0 });
    const command = { type: 'ChangeIntegrationLimits', organizationId, integrationId, ...asked } as const;
    const answer = await this.integrationLimits.decide(integrationId, command, { metadata });
    return { view: answer.state.limits, position: answer.position };
  }

  private async ofWorkspaceKeys(
    { metadata, ...asked }: Asked,
    workspaceId: WorkspaceId,
  ): Promise<Answered<readonly Limit[]>> {
    const { organizationId } = metadata;
    // Before request ids are compared: another organization must not learn that it exists.
    await this.workspaces.owned(organizationId, workspaceId);
    const command = { type: 'ChangeWorkspaceKeyLimits', organizationId, ...asked } as const;
    const answer = await this.workspaces.decide(workspaceId, command, { metadata });
    return {
      view: answer.state.status === 'absent' ? [] : answer.state.keyLimits,
      position: answer.position,
    };
  }
}
