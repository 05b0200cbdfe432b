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

export type OrganizationEvent = OrganizationCreated | OrganizationLimitsChanged;
