import { Ids, type LimitSpec } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceChanges } from './workspace-changes';
import type { WorkspaceTarget } from './workspace-changes';
import type { WorkspaceView } from './workspace.view';

export class ChangeWorkspaceLimitsCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly target: WorkspaceTarget,
    readonly limits: readonly LimitSpec[],
  ) {
    super();
  }
}

@CommandHandler(ChangeWorkspaceLimitsCommand)
export class ChangeWorkspaceLimitsHandler implements ICommandHandler<ChangeWorkspaceLimitsCommand> {
  constructor(
    private readonly changes: WorkspaceChanges,
    private readonly ids: Ids,
  ) {}

  execute({ target, limits }: ChangeWorkspaceLimitsCommand): Promise<Answered<WorkspaceView>> {
    const { organizationId, requestId } = target.metadata;
    const seed = this.ids.derive('seed', organizationId, requestId);
    return this.changes.apply(target, { type: 'ChangeWorkspaceLimits', organizationId, limits, seed });
  }
}
