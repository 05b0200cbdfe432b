import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore, type Recorded, type RecordedEvent } from '@gatehouse/event-store';
import { AppError, Ids, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { activeWorkspace, ownedWorkspace } from '../../domain/workspace/owned-workspace';
import type { ExistingWorkspace, WorkspaceState } from '../../domain/workspace/workspace';
import { type WorkspaceCommand, workspaceDecider } from '../../domain/workspace/workspace.decider';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { workspaceLetsMore } from '../../domain/workspace/workspace-lets-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class WorkspaceStreams extends GuardedStreams<WorkspaceCommand, WorkspaceState, WorkspaceEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'workspace-', { decider: workspaceDecider, codec: codecs.workspace }, ids, {
      approvals,
      letsMore: workspaceLetsMore,
    });
  }

  /** NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's. */
  async owned(organizationId: OrganizationId, id: WorkspaceId): Promise<Recorded<ExistingWorkspace>> {
    const recorded = await this.find(id);
    if (!recorded) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    return { ...recorded, state: ownedWorkspace(recorded.state, organizationId) };
  }

  /** One that may be given something new: REFUSED `WORKSPACE_ARCHIVED`, beside the refusals of `owned`. */
  async active(organizationId: OrganizationId, id: WorkspaceId): Promise<Recorded<ExistingWorkspace>> {
    const recorded = await this.owned(organizationId, id);
    return { ...recorded, state: activeWorkspace(recorded.state, organizationId) };
  }

  /** Of these, those that have ended; read together. */
  async archivedAmong(ids: readonly WorkspaceId[]): Promise<ReadonlySet<WorkspaceId>> {
    const isArchived = (event: RecordedEvent) => this.decode(event).type === 'WorkspaceArchived';
    const archived = await this.knownOfEach(ids, (recorded) => recorded.some(isArchived));
    return new Set(ids.filter((id) => archived.get(id)));
  }
}
