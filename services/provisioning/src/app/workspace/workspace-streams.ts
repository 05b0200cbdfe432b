import { EventStore, type Recorded, Streams } from '@gatehouse/event-store';
import { AppError, Ids, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type WorkspaceCommand,
  workspaceDecider,
  type WorkspaceState,
} from '../../domain/workspace/workspace';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class WorkspaceStreams extends Streams<WorkspaceCommand, WorkspaceState, WorkspaceEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'workspace-', { decider: workspaceDecider, codec: codecs.workspace }, ids);
  }

  /** NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's. */
  async owned(organizationId: OrganizationId, id: WorkspaceId): Promise<Recorded<WorkspaceState>> {
    const recorded = await this.find(id);
    if (recorded?.state.status === 'created' && recorded.state.organizationId === organizationId)
      return recorded;
    throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
  }
}
