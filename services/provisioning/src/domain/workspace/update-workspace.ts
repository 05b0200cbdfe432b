import type { OrganizationId } from '@gatehouse/kernel';
import { activeWorkspace } from './owned-workspace';
import type { WorkspaceState } from './workspace';
import type { WorkspaceDetails, WorkspaceEvent } from './workspace.events';

export interface UpdateWorkspace {
  readonly type: 'UpdateWorkspace';
  readonly organizationId: OrganizationId;
  /** What is absent stays. */
  readonly changes: Partial<WorkspaceDetails>;
}

/**
 * NOT_FOUND `WORKSPACE_UNKNOWN`, also for another organization's; REFUSED `WORKSPACE_ARCHIVED`. What is as it was records
 * nothing.
 */
export const updateWorkspace = (
  { organizationId, changes }: UpdateWorkspace,
  state: WorkspaceState,
): readonly WorkspaceEvent[] => {
  const { workspaceId, details: before } = activeWorkspace(state, organizationId);
  const details = { ...before, ...changes };
  return sameDetails(before, details) ? [] : [{ type: 'WorkspaceDescribed', workspaceId, details }];
};

const sameDetails = (a: WorkspaceDetails, b: WorkspaceDetails): boolean =>
  a.icon === b.icon && a.description === b.description && sameEntries(a.defaultMetadata, b.defaultMetadata);

const sameEntries = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, value]) => b[name] === value);
