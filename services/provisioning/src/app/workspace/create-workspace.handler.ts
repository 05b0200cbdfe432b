import type { EventMetadata } from '@gatehouse/event-store';
import { AppError, Ids, type LimitSpec, type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { WorkspaceCreation } from './workspace-creation';
import { WorkspaceNameStreams, workspaceNameKey } from './workspace-name-streams';
import { WorkspaceStreams } from './workspace-streams';
import { type WorkspaceView, workspaceView } from './workspace.view';

export class CreateWorkspaceCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly name: string,
    readonly limits: readonly LimitSpec[],
  ) {
    super();
  }
}

/**
 * Two streams, so two steps: the name is reserved, with all that the workspace begins with; then the workspace is
 * created from the reservation. Whoever is cut off between the two is finished by a repetition or by WorkspaceFinisher.
 */
@CommandHandler(CreateWorkspaceCommand)
export class CreateWorkspaceHandler implements ICommandHandler<CreateWorkspaceCommand> {
  constructor(
    private readonly names: WorkspaceNameStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly creation: WorkspaceCreation,
    private readonly ids: Ids,
  ) {}

  async execute({ metadata, name, limits }: CreateWorkspaceCommand): Promise<Answered<WorkspaceView>> {
    const { organizationId, requestId } = metadata;
    const id = workspaceId(this.ids.derive('ws', organizationId, requestId));
    await this.refuseOtherName(id, name);
    const reserve = {
      type: 'ReserveWorkspaceName',
      organizationId,
      name,
      workspaceId: id,
      limits,
      seed: this.ids.derive('seed', organizationId, requestId),
    } as const;
    await this.names.decide(workspaceNameKey(organizationId, name), reserve, { metadata });
    const answer = await this.creation.finish(organizationId, name);
    return { view: workspaceView(answer), position: answer.position };
  }

  /** Before a name is reserved in vain for a request id that has made another workspace already. */
  private async refuseOtherName(id: WorkspaceId, name: string): Promise<void> {
    const existing = await this.workspaces.find(id);
    if (existing?.state.status === 'created' && existing.state.name !== name) {
      throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
    }
  }
}
