import type { IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** Stream `connection-{integration}`: all of the workspaces that it was connected with have it. */
export interface WorkspacesConnected {
  readonly type: 'WorkspacesConnected';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

/** One of them cannot have it. */
export interface WorkspaceRefused {
  readonly type: 'WorkspaceRefused';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly workspaceId: WorkspaceId;
  /** Of the refusal of its provision. */
  readonly reason: string;
}

export type ConnectionEvent = WorkspacesConnected | WorkspaceRefused;
