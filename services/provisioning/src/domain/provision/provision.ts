import {
  AppError,
  type Decider,
  type IntegrationId,
  type Limit,
  type ModelAccess,
  type OrganizationId,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { type AllowModels, allowModels } from './allow-models';
import { type ApplyProvision, applyProvision } from './apply-provision';
import { type ChangeProvisionExpiry, changeProvisionExpiry } from './change-provision-expiry';
import { type ChangeProvisionLimits, changeProvisionLimits } from './change-provision-limits';
import { type DisableProvision, disableProvision } from './disable-provision';
import { type EnableProvision, enableProvision } from './enable-provision';
import { type ProvisionIntegration, provisionIntegration } from './provision-integration';
import type { ProvisionEvent } from './provision.events';
import { type RaiseProvisionLimit, raiseProvisionLimit } from './raise-provision-limit';

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

export type ProvisionCommand =
  | ProvisionIntegration
  | ApplyProvision
  | ChangeProvisionLimits
  | RaiseProvisionLimit
  | ChangeProvisionExpiry
  | AllowModels
  | EnableProvision
  | DisableProvision;

const decide = (command: ProvisionCommand, provision: ProvisionState): readonly ProvisionEvent[] => {
  if (command.type === 'ProvisionIntegration') return provisionIntegration(command, provision);
  if (command.type === 'ApplyProvision') return applyProvision(command, provision);
  const owned = ownedBy(command.organizationId, provision);
  switch (command.type) {
    case 'ChangeProvisionLimits':
      return changeProvisionLimits(command, owned);
    case 'RaiseProvisionLimit':
      return raiseProvisionLimit(command, owned);
    case 'ChangeProvisionExpiry':
      return changeProvisionExpiry(command, owned);
    case 'AllowModels':
      return allowModels(command, owned);
    case 'EnableProvision':
      return enableProvision(owned);
    case 'DisableProvision':
      return disableProvision(owned);
  }
};

/** NOT_FOUND `PROVISION_UNKNOWN`, also for another organization's. */
const ownedBy = (organizationId: OrganizationId, provision: ProvisionState): ActiveProvision => {
  if (provision.status === 'absent' || provision.organizationId !== organizationId) {
    throw new AppError('NOT_FOUND', 'PROVISION_UNKNOWN');
  }
  return provision;
};

const evolve = (provision: ProvisionState, event: ProvisionEvent): ProvisionState => {
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

/** An integration made callable in a workspace. */
export const provisionDecider: Decider<ProvisionCommand, ProvisionState, ProvisionEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
