import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** Stream `workspace-{id}`. */
export interface WorkspaceCreated {
  readonly type: 'WorkspaceCreated';
  readonly workspaceId: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly limits: readonly Limit[];
}

export interface WorkspaceLimitsChanged {
  readonly type: 'WorkspaceLimitsChanged';
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly Limit[];
}

export type WorkspaceEvent = WorkspaceCreated | WorkspaceLimitsChanged;
