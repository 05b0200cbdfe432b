import type { EventMetadata, Revision } from '@gatehouse/event-store';
import type { WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { WorkspaceCommand } from '../../domain/workspace/workspace.decider';
import type { Answered } from '../answered';
import { WorkspaceStreams } from './workspace-streams';
import { type WorkspaceView, workspaceView } from './workspace.view';

/** Which workspace a command is about, and on what conditions. */
export interface WorkspaceTarget {
  readonly metadata: EventMetadata;
  readonly workspaceId: WorkspaceId;
  readonly expectedRevision: Revision | undefined;
}

/** What every change of an existing workspace has in common. */
@Injectable()
export class WorkspaceChanges {
  constructor(private readonly workspaces: WorkspaceStreams) {}

  async apply(
    { metadata, workspaceId, expectedRevision }: WorkspaceTarget,
    command: WorkspaceCommand,
  ): Promise<Answered<WorkspaceView>> {
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    await this.workspaces.owned(metadata.organizationId, workspaceId);
    const answer = await this.workspaces.decide(workspaceId, command, { metadata, expectedRevision });
    return { view: workspaceView(answer), position: answer.position };
  }
}
