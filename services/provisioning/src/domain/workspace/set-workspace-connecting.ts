import type { OrganizationId } from '@gatehouse/kernel';
import { activeWorkspace } from './owned-workspace';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

/** Whether its admins may connect integrations for it. */
export interface SetWorkspaceConnecting {
  readonly type: 'SetWorkspaceConnecting';
  readonly organizationId: OrganizationId;
  /** Undefined: as the organization says. */
  readonly allowed: boolean | undefined;
}

/** NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's; REFUSED `WORKSPACE_ARCHIVED`. What is so records nothing. */
export const setWorkspaceConnecting = (
  { organizationId, allowed }: SetWorkspaceConnecting,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const { workspaceId, connects } = activeWorkspace(state, organizationId);
  if (allowed === connects) return [];
  return [{ type: 'WorkspaceConnectingSet', workspaceId, ...(allowed !== undefined && { allowed }) }];
};
