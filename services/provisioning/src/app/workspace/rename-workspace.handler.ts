import { isSameRequest, type Recorded, revisionMismatch } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ExistingWorkspace, isWorkspace } from '../../domain/workspace/workspace';
import type { Answered } from '../answered';
import { WorkspaceNames } from './workspace-names';
import { workspaceNameKey, WorkspaceNameStreams } from './workspace-name-streams';
import { WorkspaceStreams } from './workspace-streams';
import { WorkspaceChanges, type WorkspaceTarget } from './workspace-changes';
import { type WorkspaceView, workspaceView } from './workspace.view';

export class RenameWorkspaceCommand extends Command<Answered<WorkspaceView>> {
  constructor(
    readonly target: WorkspaceTarget,
    readonly name: string,
  ) {
    super();
  }
}

/**
 * The new name is reserved, then the workspace renamed, then the old name released. Whoever is cut off in between is
 * finished by WorkspaceFinisher.
 */
@CommandHandler(RenameWorkspaceCommand)
export class RenameWorkspaceHandler implements ICommandHandler<RenameWorkspaceCommand> {
  constructor(
    private readonly streams: WorkspaceNameStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly names: WorkspaceNames,
    private readonly changes: WorkspaceChanges,
  ) {}

  async execute(command: RenameWorkspaceCommand): Promise<Answered<WorkspaceView>> {
    const { target, name } = command;
    const { metadata, workspaceId, expectedRevision } = target;
    const { organizationId } = metadata;
    const before = await this.workspaces.active(organizationId, workspaceId);
    const repeated = await this.repeated(target, name);
    if (repeated) return repeated;
    refuseOther(before, expectedRevision);
    if (before.state.name === name) return this.keep(command, before);
    // What an earlier renaming of this workspace left behind, if it was cut off.
    await this.names.finish(organizationId, name);
    const purpose = { kind: 'renaming', expectedRevision } as const;
    const reserve = { type: 'ReserveWorkspaceName', organizationId, name, workspaceId, purpose } as const;
    await this.streams.decide(workspaceNameKey(organizationId, name), reserve, { metadata });
    const answer = await this.names.settle(organizationId, name);
    if (!answer || !isWorkspace(workspaceId, answer.state)) return this.outrun(target, name);
    await this.names.finish(organizationId, before.state.name);
    return { view: workspaceView(answer), position: answer.position };
  }

  /** The name that it has, while it has it: renamed meanwhile, it may be another workspace's, and has to be reserved like any other. */
  private async keep(
    command: RenameWorkspaceCommand,
    { revision }: Recorded<ExistingWorkspace>,
  ): Promise<Answered<WorkspaceView>> {
    const { target, name } = command;
    const { organizationId } = target.metadata;
    try {
      return await this.changes.apply(
        { ...target, expectedRevision: revision },
        { type: 'RenameWorkspace', organizationId, name },
      );
    } catch (error) {
      const isOther = error instanceof AppError && error.reason === 'REVISION_MISMATCH';
      if (isOther && target.expectedRevision === undefined) return this.execute(command);
      throw error;
    }
  }

  /** Others have settled what was reserved, and the name is free again, or another's. */
  private async outrun(target: WorkspaceTarget, name: string): Promise<Answered<WorkspaceView>> {
    const repeated = await this.repeated(target, name);
    if (repeated) return repeated;
    const { metadata, workspaceId, expectedRevision } = target;
    refuseOther(await this.workspaces.active(metadata.organizationId, workspaceId), expectedRevision);
    // This very request had reserved the name before, and was refused.
    throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  }

  /** The answer to what an earlier call with the same request id has done; undefined where none has. */
  private async repeated(
    target: WorkspaceTarget,
    name: string,
  ): Promise<Answered<WorkspaceView> | undefined> {
    const { metadata, workspaceId } = target;
    const recorded = await this.workspaces.recorded(workspaceId);
    if (!recorded.some((event) => isSameRequest(event.metadata, metadata))) return undefined;
    const { organizationId } = metadata;
    return this.changes.apply(target, { type: 'RenameWorkspace', organizationId, name });
  }
}

/** Before a name is reserved in vain; it is asked again when the workspace is renamed. */
const refuseOther = (
  { revision }: Recorded<ExistingWorkspace>,
  expected: WorkspaceTarget['expectedRevision'],
): void => {
  if (expected !== undefined && expected !== revision) throw revisionMismatch(revision);
};
