import { AppError } from '@gatehouse/kernel';
import type { OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';

/** Whether admins of workspaces may connect integrations, where a workspace does not say otherwise. */
export interface SetWorkspacesConnecting {
  readonly type: 'SetWorkspacesConnecting';
  readonly allowed: boolean;
}

/** NOT_FOUND `ORGANIZATION_UNKNOWN`. What is so already records nothing. */
export const setWorkspacesConnecting = (
  { allowed }: SetWorkspacesConnecting,
  organization: OrganizationState,
): readonly OrganizationEvent[] => {
  if (organization.status === 'absent') throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
  const { organizationId, workspacesConnect } = organization;
  return allowed === workspacesConnect ? [] : [{ type: 'WorkspacesConnectingSet', organizationId, allowed }];
};
