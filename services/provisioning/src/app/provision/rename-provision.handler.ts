import type { EventMetadata } from '@gatehouse/event-store';
import type { ProvisionId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WantedNames } from '../../domain/provision-names/name-provision';
import type { Answered } from '../answered';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import type { ProvisionView } from './provision.view';
import { ProvisionNaming } from './provision-naming';
import { ProvisionStreams } from './provision-streams';
import { ProvisionViews } from './provision-views';

export class RenameProvisionCommand extends Command<Answered<ProvisionView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly provisionId: ProvisionId,
    readonly wanted: WantedNames,
  ) {
    super();
  }
}

@CommandHandler(RenameProvisionCommand)
export class RenameProvisionHandler implements ICommandHandler<RenameProvisionCommand> {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly naming: ProvisionNaming,
    private readonly views: ProvisionViews,
  ) {}

  async execute({ metadata, provisionId, wanted }: RenameProvisionCommand): Promise<Answered<ProvisionView>> {
    const { organizationId } = metadata;
    const { workspaceId, integrationId } = await this.provisions.owned(organizationId, provisionId);
    await this.workspaces.active(organizationId, workspaceId);
    const about = { organizationId, workspaceId, provisionId, integrationId };
    const position = await this.naming.name(metadata, about, wanted);
    const recorded = await this.provisions.find(provisionId);
    if (!recorded) throw new Error(`${provisionId} has gone`);
    return { view: await this.views.of(recorded), position };
  }
}
