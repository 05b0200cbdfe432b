import { AppError, type LimitSpec, type OrganizationId, replaceLimits, sameLimits } from '@gatehouse/kernel';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

export interface ChangeWorkspaceLimits {
  readonly type: 'ChangeWorkspaceLimits';
  readonly organizationId: OrganizationId;
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/**
 * NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's; INVALID where two limits bound the same. The limits
 * that are in force already record nothing.
 */
export const changeWorkspaceLimits = (
  { organizationId, limits, seed }: ChangeWorkspaceLimits,
  workspace: WorkspaceState,
): readonly WorkspaceEvent[] => {
  if (workspace.status === 'absent' || workspace.organizationId !== organizationId) {
    throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
  }
  const { workspaceId } = workspace;
  const replaced = replaceLimits(workspace.limits, limits, { scopeId: workspaceId, seed });
  if (sameLimits(workspace.limits, replaced)) return [];
  return [{ type: 'WorkspaceLimitsChanged', workspaceId, limits: replaced }];
};
