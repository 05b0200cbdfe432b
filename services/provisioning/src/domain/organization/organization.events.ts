import type { OrganizationId } from '@gatehouse/kernel';

/** Stream `organization-{id}`. */
export interface OrganizationCreated {
  readonly type: 'OrganizationCreated';
  readonly organizationId: OrganizationId;
  readonly name: string;
}

export type OrganizationEvent = OrganizationCreated;
