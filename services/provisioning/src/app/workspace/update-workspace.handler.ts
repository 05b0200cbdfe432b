import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WorkspaceDetails } from '../../domain/workspace/workspace.events';
import type { Answered } from '../answered';
import { WorkspaceChanges } from './workspace-changes';
import type { WorkspaceTarget } from './workspace-changes';
import type { WorkspaceView } from './workspace.view';

export class UpdateWorkspaceCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly target: WorkspaceTarget,
    readonly changes: Partial<WorkspaceDetails>,
  ) {
    super();
  }
}

@CommandHandler(UpdateWorkspaceCommand)
export class UpdateWorkspaceHandler implements ICommandHandler<UpdateWorkspaceCommand> {
  constructor(private readonly workspaces: WorkspaceChanges) {}

  execute({ target, changes }: UpdateWorkspaceCommand): Promise<Answered<WorkspaceView>> {
    const { organizationId } = target.metadata;
    return this.workspaces.apply(target, { type: 'UpdateWorkspace', organizationId, changes });
  }
}
