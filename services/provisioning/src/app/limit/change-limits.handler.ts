import {
  type CommandOptions,
  type Decision,
  type EventMetadata,
  NO_EVENTS,
  type Revision,
} from '@gatehouse/event-store';
import { Clock, Ids, type LimitSpec } from '@gatehouse/kernel';
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
    readonly expectedRevision: Revision | undefined,
    /** True when the caller says that the integration exists, and where: it is then waited for. */
    readonly awaitIntegration: boolean,
  ) {
    super();
  }
}

/** What is asked for, and on what condition. */
interface Asked {
  readonly options: CommandOptions;
  readonly limits: readonly LimitSpec[];
  /** New ids derive from it. */
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

  async execute(command: ChangeLimitsCommand): Promise<Answered<HeldLimits>> {
    const { metadata, holder, limits, expectedRevision, awaitIntegration } = command;
    const seed = this.ids.derive('seed', metadata.organizationId, metadata.requestId);
    const asked = { options: { metadata, expectedRevision }, limits, seed };
    switch (holder.kind) {
      case 'organization':
        return this.ofOrganization(asked, holder);
      case 'integration': {
        const { organizationId } = metadata;
        const sought = { organizationId, integrationId: holder.integrationId, awaitIntegration };
        await liveIntegration(this.integrations, this.clock, sought);
        return this.ofIntegration(asked, holder);
      }
      case 'workspaceKeys':
        return this.ofWorkspaceKeys(asked, holder);
    }
  }

  private async ofOrganization(
    { options, ...asked }: Asked,
    holder: LimitHolder,
  ): Promise<Answered<HeldLimits>> {
    const command = { type: 'ChangeOrganizationLimits', ...asked } as const;
    const decision = await this.organizations.record(options.metadata.organizationId, command, options);
    const { state } = decision;
    return answerOf(decision, { holder, limits: state.status === 'created' ? state.limits : [] });
  }

  private async ofIntegration(
    { options, ...asked }: Asked,
    holder: Extract<LimitHolder, { readonly kind: 'integration' }>,
  ): Promise<Answered<HeldLimits>> {
    const { organizationId } = options.metadata;
    const { integrationId } = holder;
    const command = { type: 'ChangeIntegrationLimits', organizationId, integrationId, ...asked } as const;
    const decision = await this.integrationLimits.record(integrationId, command, options);
    return answerOf(decision, { holder, limits: decision.state.limits });
  }

  private async ofWorkspaceKeys(
    { options, ...asked }: Asked,
    holder: Extract<LimitHolder, { readonly kind: 'workspaceKeys' }>,
  ): Promise<Answered<HeldLimits>> {
    const { organizationId } = options.metadata;
    const { workspaceId } = holder;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    await this.workspaces.owned(organizationId, workspaceId);
    const command = { type: 'ChangeWorkspaceKeyLimits', organizationId, ...asked } as const;
    const decision = await this.workspaces.record(workspaceId, command, options);
    const { state } = decision;
    return answerOf(decision, { holder, limits: state.status === 'absent' ? [] : state.keyLimits });
  }
}

/** An integration that is to have no limits, and never had any, has no events after that either. */
const answerOf = (
  { revision = NO_EVENTS, position }: Decision<unknown>,
  held: Omit<HeldLimits, 'revision'>,
): Answered<HeldLimits> => ({ view: { ...held, revision }, position });
