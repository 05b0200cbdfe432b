import type { OrganizationId } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface EnableProvision {
  readonly type: 'EnableProvision';
  readonly organizationId: OrganizationId;
}

/** Enabling twice is not an error: the second records nothing. */
export const enableProvision = ({ status, provisionId }: ActiveProvision): readonly ProvisionEvent[] =>
  status === 'enabled' ? [] : [{ type: 'ProvisionEnabled', provisionId }];
