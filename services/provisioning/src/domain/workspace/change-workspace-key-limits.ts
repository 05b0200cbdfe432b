import { type LimitSpec, type OrganizationId, replaceLimits, sameLimits } from '@gatehouse/kernel';
import { activeWorkspace } from './owned-workspace';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

/** The template by which each key of the workspace has limits of its own. */
export interface ChangeWorkspaceKeyLimits {
  readonly type: 'ChangeWorkspaceKeyLimits';
  readonly organizationId: OrganizationId;
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/** As the workspace's own limits are changed. A limit that keeps its id keeps what each key has spent of it. */
export const changeWorkspaceKeyLimits = (
  { organizationId, limits, seed }: ChangeWorkspaceKeyLimits,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const { workspaceId, keyLimits } = activeWorkspace(state, organizationId);
  const replaced = replaceLimits(keyLimits, limits, { scopeId: `${workspaceId}/keys`, seed });
  if (sameLimits(keyLimits, replaced)) return [];
  return [{ type: 'WorkspaceKeyLimitsChanged', workspaceId, limits: replaced }];
};
