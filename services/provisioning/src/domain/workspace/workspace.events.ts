import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** What a workspace says of itself. */
export interface WorkspaceDetails {
  readonly icon: string;
  readonly description: string;
  readonly defaultMetadata: Readonly<Record<string, string>>;
}

/** Stream `workspace-{id}`. */
export interface WorkspaceCreated {
  readonly type: 'WorkspaceCreated';
  readonly workspaceId: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /** Empty from before there were slugs. */
  readonly slug: string;
  readonly details: WorkspaceDetails;
  readonly limits: readonly Limit[];
}

export interface WorkspaceLimitsChanged {
  readonly type: 'WorkspaceLimitsChanged';
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly Limit[];
}

export interface WorkspaceRenamed {
  readonly type: 'WorkspaceRenamed';
  readonly workspaceId: WorkspaceId;
  readonly name: string;
}

export interface WorkspaceDescribed {
  readonly type: 'WorkspaceDescribed';
  readonly workspaceId: WorkspaceId;
  /** All of them, as they are from now on. */
  readonly details: WorkspaceDetails;
}

/** Its end. */
export interface WorkspaceArchived {
  readonly type: 'WorkspaceArchived';
  readonly workspaceId: WorkspaceId;
  readonly archivedAt: Date;
}

/** Each key of the workspace has limits of its own by these. */
export interface WorkspaceKeyLimitsChanged {
  readonly type: 'WorkspaceKeyLimitsChanged';
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly Limit[];
}

/** Whether its admins may connect integrations for it. */
export interface WorkspaceConnectingSet {
  readonly type: 'WorkspaceConnectingSet';
  readonly workspaceId: WorkspaceId;
  /** Absent: as the organization says. */
  readonly allowed?: boolean;
}

export type WorkspaceEvent =
  | WorkspaceCreated
  | WorkspaceLimitsChanged
  | WorkspaceKeyLimitsChanged
  | WorkspaceRenamed
  | WorkspaceDescribed
  | WorkspaceArchived
  | WorkspaceConnectingSet;
