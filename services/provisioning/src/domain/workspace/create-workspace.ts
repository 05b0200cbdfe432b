import { AppError, type Limit, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceState } from './workspace';
import type { WorkspaceDetails, WorkspaceEvent } from './workspace.events';

/** The last step of a creation: all is as the name's reservation recorded it, and the slug as it was reserved. */
export interface CreateWorkspace {
  readonly type: 'CreateWorkspace';
  readonly workspaceId: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly slug: string;
  readonly details: WorkspaceDetails;
  readonly limits: readonly Limit[];
}

/** Creating it twice is not an error: whoever finishes a creation may be the second to do so. */
export const createWorkspace = (
  { type: _type, ...fields }: CreateWorkspace,
  workspace: WorkspaceState,
): readonly WorkspaceEvent[] => {
  if (workspace.status === 'absent') return [{ type: 'WorkspaceCreated', ...fields }];
  if (workspace.firstName === fields.name) return [];
  throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
};
