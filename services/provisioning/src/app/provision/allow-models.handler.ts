import { Clock, type ModelAccess } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { liveIntegration } from './live-integration';
import { Integrations } from './provision.ports';
import { ProvisionChanges, type ProvisionTarget } from './provision-changes';
import { ProvisionStreams } from './provision-streams';
import type { ProvisionView } from './provision.view';

export class AllowModelsCommand extends Command<Answered<ProvisionView>> {
  constructor(
    readonly target: ProvisionTarget,
    readonly models: ModelAccess,
  ) {
    super();
  }
}

@CommandHandler(AllowModelsCommand)
export class AllowModelsHandler implements ICommandHandler<AllowModelsCommand> {
  constructor(
    private readonly changes: ProvisionChanges,
    private readonly provisions: ProvisionStreams,
    private readonly integrations: Integrations,
    private readonly clock: Clock,
  ) {}

  async execute({ target, models }: AllowModelsCommand): Promise<Answered<ProvisionView>> {
    const { organizationId } = target.metadata;
    const { integrationId } = await this.provisions.owned(organizationId, target.provisionId);
    const asked = { organizationId, integrationId, awaitIntegration: false };
    await liveIntegration(this.integrations, this.clock, asked);
    const names = models.all ? [] : models.names;
    const offered = await this.integrations.offeredAmong(organizationId, integrationId, names);
    return this.changes.apply(target, { type: 'AllowModels', organizationId, models, offered });
  }
}
