import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { Ids, type LimitSpec, type WorkspaceId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceStreams } from './workspace-streams';
import { type WorkspaceView, workspaceView } from './workspace.view';

export class ChangeWorkspaceLimitsCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly workspaceId: WorkspaceId,
    readonly limits: readonly LimitSpec[],
    readonly expectedRevision: Revision | undefined,
  ) {
    super();
  }
}

@CommandHandler(ChangeWorkspaceLimitsCommand)
export class ChangeWorkspaceLimitsHandler implements ICommandHandler<ChangeWorkspaceLimitsCommand> {
  constructor(
    private readonly workspaces: WorkspaceStreams,
    private readonly ids: Ids,
  ) {}

  async execute(command: ChangeWorkspaceLimitsCommand): Promise<Answered<WorkspaceView>> {
    const { metadata, workspaceId, limits, expectedRevision } = command;
    const { organizationId, requestId } = metadata;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    await this.workspaces.owned(organizationId, workspaceId);
    const answer = await this.workspaces.decide(
      workspaceId,
      {
        type: 'ChangeWorkspaceLimits',
        organizationId,
        limits,
        seed: this.ids.derive('seed', organizationId, requestId),
      },
      { metadata, expectedRevision },
    );
    return { view: workspaceView(answer), position: answer.position };
  }
}
