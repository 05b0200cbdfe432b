import { Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceChanges } from './workspace-changes';
import type { WorkspaceTarget } from './workspace-changes';
import type { WorkspaceView } from './workspace.view';

export class ArchiveWorkspaceCommand extends Command<Answered<WorkspaceView>> {
  constructor(readonly target: WorkspaceTarget) {
    super();
  }
}

@CommandHandler(ArchiveWorkspaceCommand)
export class ArchiveWorkspaceHandler implements ICommandHandler<ArchiveWorkspaceCommand> {
  constructor(
    private readonly changes: WorkspaceChanges,
    private readonly clock: Clock,
  ) {}

  execute({ target }: ArchiveWorkspaceCommand): Promise<Answered<WorkspaceView>> {
    const { organizationId } = target.metadata;
    const at = this.clock.now();
    return this.changes.apply(target, { type: 'ArchiveWorkspace', organizationId, at });
  }
}
