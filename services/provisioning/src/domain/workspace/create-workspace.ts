import { AppError, type Limit, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

/** The second step of a creation: name and limits are those that the name's reservation recorded. */
export interface CreateWorkspace {
  readonly type: 'CreateWorkspace';
  readonly workspaceId: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly limits: readonly Limit[];
}

/** Creating it twice is not an error: whoever finishes a creation may be the second to do so. */
export const createWorkspace = (
  { workspaceId, organizationId, name, limits }: CreateWorkspace,
  workspace: WorkspaceState,
): readonly WorkspaceEvent[] => {
  if (workspace.status === 'created' && workspace.name === name) return [];
  if (workspace.status === 'created') throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  return [{ type: 'WorkspaceCreated', workspaceId, organizationId, name, limits }];
};
