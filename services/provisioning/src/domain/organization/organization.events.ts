import type { Limit, OrganizationId } from '@gatehouse/kernel';

/** Stream `organization-{id}`. */
export interface OrganizationCreated {
  readonly type: 'OrganizationCreated';
  readonly organizationId: OrganizationId;
  readonly name: string;
}

export interface OrganizationLimitsChanged {
  readonly type: 'OrganizationLimitsChanged';
  readonly organizationId: OrganizationId;
  readonly limits: readonly Limit[];
}

/** Whether admins of workspaces may connect integrations, where a workspace does not say otherwise. */
export interface WorkspacesConnectingSet {
  readonly type: 'WorkspacesConnectingSet';
  readonly organizationId: OrganizationId;
  readonly allowed: boolean;
}

/** Whether what lets more be spent or called wants a second admin. */
export interface OrganizationApprovalChanged {
  readonly type: 'OrganizationApprovalChanged';
  readonly organizationId: OrganizationId;
  readonly required: boolean;
}

export type OrganizationEvent =
  OrganizationCreated | OrganizationLimitsChanged | WorkspacesConnectingSet | OrganizationApprovalChanged;
