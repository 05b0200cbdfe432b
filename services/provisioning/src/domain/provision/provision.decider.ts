import { AppError, type Decider, type OrganizationId } from '@gatehouse/kernel';
import { type AllowModels, allowModels } from './allow-models';
import { type ApplyProvision, applyProvision } from './apply-provision';
import { type ChangeProvisionExpiry, changeProvisionExpiry } from './change-provision-expiry';
import { type ChangeProvisionLimits, changeProvisionLimits } from './change-provision-limits';
import { type DisableProvision, disableProvision } from './disable-provision';
import { type EnableProvision, enableProvision } from './enable-provision';
import { type ActiveProvision, evolve, type ProvisionState } from './provision';
import { type ProvisionIntegration, provisionIntegration } from './provision-integration';
import type { ProvisionEvent } from './provision.events';
import { type RaiseProvisionLimit, raiseProvisionLimit } from './raise-provision-limit';

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

/** An integration made callable in a workspace. */
export const provisionDecider: Decider<ProvisionCommand, ProvisionState, ProvisionEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
