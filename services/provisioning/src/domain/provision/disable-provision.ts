import type { OrganizationId } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface DisableProvision {
  readonly type: 'DisableProvision';
  readonly organizationId: OrganizationId;
}

/** Disabling twice is not an error: the second records nothing. */
export const disableProvision = ({ status, provisionId }: ActiveProvision): readonly ProvisionEvent[] =>
  status === 'disabled' ? [] : [{ type: 'ProvisionDisabled', provisionId }];
