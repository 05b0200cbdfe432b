import type { EventMetadata } from '@gatehouse/event-store';
import {
  Clock,
  deriveId,
  Ids,
  type IntegrationId,
  type LimitSpec,
  type OrganizationId,
  provisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ModelAccess } from '../../domain/provision/provision.events';
import type { Answered } from '../answered';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { liveIntegration } from './live-integration';
import { Integrations, type KnownIntegration } from './provision.ports';
import { ProvisionStreams } from './provision-streams';
import { type ProvisionView, provisionView } from './provision.view';

export interface WantedProvision {
  readonly integrationId: IntegrationId;
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** True when the caller says that the integration exists, and where: it is then waited for. */
  readonly awaitIntegration: boolean;
}

export class ProvisionIntegrationCommand extends Command<Answered<ProvisionView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly wanted: WantedProvision,
  ) {
    super();
  }
}

const PATIENCE_MS = 5_000;

@CommandHandler(ProvisionIntegrationCommand)
export class ProvisionIntegrationHandler implements ICommandHandler<ProvisionIntegrationCommand> {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async execute({ metadata, wanted }: ProvisionIntegrationCommand): Promise<Answered<ProvisionView>> {
    const { organizationId, requestId } = metadata;
    const { workspaceId, integrationId, limits, models } = wanted;
    await this.workspaces.owned(organizationId, workspaceId);
    // Not by the request: a second provision of the same integration in a workspace is to be found.
    const id = provisionId(deriveId('prv', organizationId, workspaceId, integrationId));
    const { slug, models: offered } = await this.integrationFor(id, organizationId, wanted);
    const answer = await this.provisions.decide(
      id,
      {
        type: 'ProvisionIntegration',
        provisionId: id,
        organizationId,
        workspaceId,
        integrationId,
        limits,
        models,
        offered,
        seed: this.ids.derive('seed', organizationId, requestId),
      },
      { metadata },
    );
    return { view: provisionView(answer, slug), position: answer.position };
  }

  /** A repetition is answered as the first was, also when the integration has gone since. */
  private async integrationFor(
    id: string,
    organizationId: OrganizationId,
    { integrationId, awaitIntegration }: WantedProvision,
  ): Promise<KnownIntegration> {
    if (await this.provisions.find(id)) {
      const known = await this.integrations.find(organizationId, integrationId);
      return known ?? { slug: '', models: [], deleted: true };
    }
    const patienceMs = awaitIntegration ? PATIENCE_MS : 0;
    return liveIntegration(this.integrations, this.clock, { organizationId, integrationId, patienceMs });
  }
}
