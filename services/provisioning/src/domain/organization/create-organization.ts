import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';

export interface CreateOrganization {
  readonly type: 'CreateOrganization';
  readonly organizationId: OrganizationId;
  /** 1 … 100 characters. */
  readonly name: string;
}

/** CONFLICT `ORGANIZATION_EXISTS`. */
export const createOrganization = (
  { organizationId, name }: CreateOrganization,
  organization: OrganizationState,
): readonly OrganizationEvent[] => {
  if (organization.status !== 'absent') throw new AppError('CONFLICT', 'ORGANIZATION_EXISTS');
  return [{ type: 'OrganizationCreated', organizationId, name }];
};
