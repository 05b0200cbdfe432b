import type { OrganizationId } from '@gatehouse/kernel';
import { ownedWorkspace } from './owned-workspace';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

export interface ArchiveWorkspace {
  readonly type: 'ArchiveWorkspace';
  readonly organizationId: OrganizationId;
  readonly at: Date;
}

/**
 * NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's. Archiving twice is not an error: the second records
 * nothing.
 */
export const archiveWorkspace = (
  { organizationId, at }: ArchiveWorkspace,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const { workspaceId, status } = ownedWorkspace(state, organizationId);
  return status === 'archived' ? [] : [{ type: 'WorkspaceArchived', workspaceId, archivedAt: at }];
};
