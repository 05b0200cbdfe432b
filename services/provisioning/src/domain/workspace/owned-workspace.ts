import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ExistingWorkspace, WorkspaceState } from './workspace';

/** NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's. */
export const ownedWorkspace = (
  workspace: WorkspaceState,
  organizationId: OrganizationId,
): ExistingWorkspace => {
  if (workspace.status === 'absent' || workspace.organizationId !== organizationId) {
    throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
  }
  return workspace;
};

/** One that has not ended: REFUSED `WORKSPACE_ARCHIVED`, beside the refusals of `ownedWorkspace`. */
export const activeWorkspace = (
  workspace: WorkspaceState,
  organizationId: OrganizationId,
): ExistingWorkspace => {
  const owned = ownedWorkspace(workspace, organizationId);
  if (owned.status === 'archived') throw new AppError('REFUSED', 'WORKSPACE_ARCHIVED');
  return owned;
};
