import { type LimitSpec, type OrganizationId, replaceLimits, sameLimits } from '@gatehouse/kernel';
import { activeWorkspace } from './owned-workspace';
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
 * NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's; REFUSED `WORKSPACE_ARCHIVED`; INVALID where two limits
 * bound the same. The limits that are in force already record nothing.
 */
export const changeWorkspaceLimits = (
  { organizationId, limits, seed }: ChangeWorkspaceLimits,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const workspace = activeWorkspace(state, organizationId);
  const { workspaceId } = workspace;
  const replaced = replaceLimits(workspace.limits, limits, { scopeId: workspaceId, seed });
  if (sameLimits(workspace.limits, replaced)) return [];
  return [{ type: 'WorkspaceLimitsChanged', workspaceId, limits: replaced }];
};
