import type { OrganizationId } from '@gatehouse/kernel';
import { activeWorkspace } from './owned-workspace';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

/** The second step of a renaming: the name is reserved for it. */
export interface RenameWorkspace {
  readonly type: 'RenameWorkspace';
  readonly organizationId: OrganizationId;
  readonly name: string;
}

/**
 * NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's; REFUSED `WORKSPACE_ARCHIVED`. The name that it has
 * records nothing.
 */
export const renameWorkspace = (
  { organizationId, name }: RenameWorkspace,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const { workspaceId, name: before } = activeWorkspace(state, organizationId);
  return before === name ? [] : [{ type: 'WorkspaceRenamed', workspaceId, name }];
};
