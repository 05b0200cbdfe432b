import type {
  IntegrationId,
  Limit,
  ModelAccess,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { ProvisionEvent } from './provision.events';

export interface ActiveProvision {
  readonly status: 'enabled' | 'disabled';
  readonly provisionId: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly Limit[];
  readonly models: ModelAccess;
  /** From then on it is not to be called; absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

export type ProvisionState = { readonly status: 'absent' } | ActiveProvision;

export const evolve = (provision: ProvisionState, event: ProvisionEvent): ProvisionState => {
  if (event.type === 'IntegrationProvisioned') {
    const { type: _type, ...provisioned } = event;
    return { status: 'enabled', ...provisioned };
  }
  if (provision.status === 'absent') return provision;
  switch (event.type) {
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
      return { ...provision, limits: event.limits };
    case 'ProvisionExpiryChanged': {
      const { expiresAt: _before, ...endless } = provision;
      return { ...endless, ...(event.expiresAt && { expiresAt: event.expiresAt }) };
    }
    case 'ModelsAllowed':
      return { ...provision, models: event.models };
    case 'ProvisionEnabled':
      return { ...provision, status: 'enabled' };
    case 'ProvisionDisabled':
      return { ...provision, status: 'disabled' };
  }
};
