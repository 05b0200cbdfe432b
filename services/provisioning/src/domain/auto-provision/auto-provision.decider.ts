import type { Decider, IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { type AutoProvision, evolve } from './auto-provision';
import type { AutoProvisionEvent } from './auto-provision.events';
import { type SetAutoProvision, setAutoProvision } from './set-auto-provision';

export interface TurnOffAutoProvision {
  readonly type: 'TurnOffAutoProvision';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** Where there was never a policy: one came with the connection of the integration, and is yet to be set. */
  readonly isAwaited: boolean;
}

export interface EndAutoProvision {
  readonly type: 'EndAutoProvision';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

export type AutoProvisionCommand = SetAutoProvision | TurnOffAutoProvision | EndAutoProvision;

/** Turning off what is not on nor about to be, and ending what was never set, is not an error: it records nothing. */
const decide = (command: AutoProvisionCommand, policy: AutoProvision): readonly AutoProvisionEvent[] => {
  const { organizationId, integrationId } = command;
  switch (command.type) {
    case 'SetAutoProvision':
      return setAutoProvision(command, policy);
    case 'TurnOffAutoProvision':
      return policy.status === 'on' || (policy.status === 'none' && command.isAwaited)
        ? [{ type: 'AutoProvisionTurnedOff', organizationId, integrationId }]
        : [];
    case 'EndAutoProvision':
      return policy.status === 'none' || policy.status === 'ended'
        ? []
        : [{ type: 'AutoProvisionEnded', organizationId, integrationId }];
  }
};

/** Whether workspaces get an integration by themselves, and with what. */
export const autoProvisionDecider: Decider<AutoProvisionCommand, AutoProvision, AutoProvisionEvent> = {
  initial: { status: 'none' },
  decide,
  evolve,
};
