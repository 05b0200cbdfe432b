import type { Recorded } from '@gatehouse/event-store';
import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceState } from '../../domain/workspace/workspace';

export interface WorkspaceView {
  readonly id: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly limits: readonly Limit[];
  readonly revision: bigint;
  readonly createdAt: Date;
}

export const workspaceView = ({ state, revision, createdAt }: Recorded<WorkspaceState>): WorkspaceView => {
  if (state.status === 'absent') throw new Error('a workspace without its creation');
  const { workspaceId: id, organizationId, name, limits } = state;
  return { id, organizationId, name, limits, revision, createdAt };
};
