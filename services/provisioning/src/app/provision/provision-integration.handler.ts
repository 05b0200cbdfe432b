import type { EventMetadata } from '@gatehouse/event-store';
import { Clock, type OrganizationId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { liveIntegration } from './live-integration';
import { type NewProvision, provisionIdOf, ProvisionMaker } from './provision-maker';
import { Integrations, type KnownIntegration } from './provision.ports';
import { ProvisionStreams } from './provision-streams';
import type { ProvisionView } from './provision.view';
import { ProvisionViews } from './provision-views';

export interface WantedProvision extends NewProvision {
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

@CommandHandler(ProvisionIntegrationCommand)
export class ProvisionIntegrationHandler implements ICommandHandler<ProvisionIntegrationCommand> {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly maker: ProvisionMaker,
    private readonly integrations: Integrations,
    private readonly views: ProvisionViews,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, wanted }: ProvisionIntegrationCommand): Promise<Answered<ProvisionView>> {
    const { organizationId } = metadata;
    const { awaitIntegration, ...fields } = wanted;
    await this.workspaces.owned(organizationId, fields.workspaceId);
    const integration = await this.integrationFor(organizationId, fields, awaitIntegration);
    const answer = await this.maker.make(metadata, fields, integration);
    return { view: await this.views.of(answer), position: answer.position };
  }

  /** A repetition is answered as the first was, also when the integration has gone since. */
  private async integrationFor(
    organizationId: OrganizationId,
    wanted: NewProvision,
    awaitIntegration: boolean,
  ): Promise<KnownIntegration> {
    const { integrationId } = wanted;
    if (await this.provisions.find(provisionIdOf(organizationId, wanted))) {
      const known = await this.integrations.find(organizationId, integrationId);
      return known ?? GONE;
    }
    return liveIntegration(this.integrations, this.clock, {
      organizationId,
      integrationId,
      awaitIntegration,
    });
  }
}

const GONE: KnownIntegration = { slug: '', name: '', provider: '', status: 'deleted', ownerWorkspaceId: '' };
