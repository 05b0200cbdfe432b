import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceChanges } from './workspace-changes';
import type { WorkspaceTarget } from './workspace-changes';
import type { WorkspaceView } from './workspace.view';

export class SetWorkspaceConnectingCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly target: WorkspaceTarget,
    /** Undefined: as the organization says. */
    readonly allowed: boolean | undefined,
  ) {
    super();
  }
}

@CommandHandler(SetWorkspaceConnectingCommand)
export class SetWorkspaceConnectingHandler implements ICommandHandler<SetWorkspaceConnectingCommand> {
  constructor(private readonly workspaces: WorkspaceChanges) {}

  execute({ target, allowed }: SetWorkspaceConnectingCommand): Promise<Answered<WorkspaceView>> {
    const { organizationId } = target.metadata;
    return this.workspaces.apply(target, { type: 'SetWorkspaceConnecting', organizationId, allowed });
  }
}
