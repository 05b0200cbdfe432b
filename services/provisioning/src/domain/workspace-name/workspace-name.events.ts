import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** Stream `workspacename-{hash of organization and name}`. It carries all that the creation needs to be finished. */
export interface WorkspaceNameReserved {
  readonly type: 'WorkspaceNameReserved';
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly Limit[];
}

export type WorkspaceNameEvent = WorkspaceNameReserved;
