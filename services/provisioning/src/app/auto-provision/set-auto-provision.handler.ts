import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { AppError, Clock, type IntegrationId, type LimitSpec, type ModelAccess } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { AutoProvisionStreams } from './auto-provision-streams';
import { type AutoProvisionView, autoProvisionView } from './auto-provision.view';

export interface WantedPolicy {
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** True when the caller says that the integration exists, and where: it is then waited for. */
  readonly awaitIntegration: boolean;
}

export class SetAutoProvisionCommand extends Command<Answered<AutoProvisionView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly wanted: WantedPolicy,
    readonly expectedRevision: Revision | undefined,
  ) {
    super();
  }
}

const PATIENCE_MS = 5_000;

@CommandHandler(SetAutoProvisionCommand)
export class SetAutoProvisionHandler implements ICommandHandler<SetAutoProvisionCommand> {
  constructor(
    private readonly policies: AutoProvisionStreams,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
  ) {}

  async execute(command: SetAutoProvisionCommand): Promise<Answered<AutoProvisionView>> {
    const { metadata, wanted, expectedRevision } = command;
    const { integrationId, limits, models, awaitIntegration } = wanted;
    const about = { organizationId: metadata.organizationId, integrationId };
    const patienceMs = awaitIntegration ? PATIENCE_MS : 0;
    const { slug, ownerWorkspaceId } = await liveIntegration(this.integrations, this.clock, {
      ...about,
      patienceMs,
    });
    if (ownerWorkspaceId !== '') throw new AppError('REFUSED', 'INTEGRATION_OF_A_WORKSPACE');
    const names = models.all ? [] : models.names;
    const offered = await this.integrations.offeredAmong(about.organizationId, integrationId, names);
    const answer = await this.policies.decide(
      integrationId,
      { type: 'SetAutoProvision', ...about, limits, models, offered },
      { metadata, expectedRevision },
    );
    return { view: autoProvisionView({ ...about, slug }, answer), position: answer.position };
  }
}
