import { type EventMetadata, isSameRequest, type Revision } from '@gatehouse/event-store';
import {
  AppError,
  type BulkId,
  Clock,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
} from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { PolicyBulkStarter, type StartedBulk } from '../bulk-provision/policy-bulk-starter';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { AutoProvisionStreams } from './auto-provision-streams';
import { type AutoProvisionView, autoProvisionView } from './auto-provision.view';

export interface WantedPolicy {
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** What to do with workspaces that were created before: undefined leaves them alone. */
  readonly existing: 'keep' | 'override' | undefined;
  /** True when the caller says that the integration exists, and where: it is then waited for. */
  readonly awaitIntegration: boolean;
}

export interface PolicyAnswer extends Answered<AutoProvisionView> {
  /** Of the bulk that carries it to the workspaces that were created before; undefined where nobody asked. */
  readonly bulkId: BulkId | undefined;
}

export class SetAutoProvisionCommand extends Command<PolicyAnswer> {
  constructor(
    readonly metadata: EventMetadata,
    readonly wanted: WantedPolicy,
    readonly expectedRevision: Revision | undefined,
  ) {
    super();
  }
}

@CommandHandler(SetAutoProvisionCommand)
export class SetAutoProvisionHandler implements ICommandHandler<SetAutoProvisionCommand> {
  constructor(
    private readonly policies: AutoProvisionStreams,
    private readonly bulks: PolicyBulkStarter,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
  ) {}

  async execute(command: SetAutoProvisionCommand): Promise<PolicyAnswer> {
    const { metadata, wanted, expectedRevision } = command;
    const { integrationId, limits, models, existing, awaitIntegration } = wanted;
    const about = { organizationId: metadata.organizationId, integrationId };
    const { slug, ownerWorkspaceId } = await liveIntegration(this.integrations, this.clock, {
      ...about,
      awaitIntegration,
    });
    if (ownerWorkspaceId !== '') throw new AppError('REFUSED', 'INTEGRATION_OF_A_WORKSPACE');
    const names = models.all ? [] : models.names;
    const offered = await this.integrations.offeredAmong(about.organizationId, integrationId, names);
    const answer = await this.policies.decide(
      integrationId,
      { type: 'SetAutoProvision', ...about, limits, models, existing, offered },
      { metadata, expectedRevision },
    );
    const view = autoProvisionView({ ...about, slug }, answer);
    if (existing === undefined) return { view, position: answer.position, bulkId: undefined };
    return { view, ...(await this.startBulk(integrationId, metadata)) };
  }

  /** Should this process end before it does, the process manager of bulk provisions starts it. */
  private async startBulk(integrationId: IntegrationId, asked: EventMetadata): Promise<StartedBulk> {
    const recorded = await this.policies.recorded(integrationId);
    const policy = recorded.find(({ metadata }) => isSameRequest(metadata, asked));
    if (!policy) throw new Error(`${integrationId} has no policy of this request`);
    return this.bulks.start(integrationId, policy.revision);
  }
}
