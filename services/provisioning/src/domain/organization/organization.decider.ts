import type { Decider } from '@gatehouse/kernel';
import { type ChangeApproval, changeApproval } from './change-approval';
import { type ChangeOrganizationLimits, changeOrganizationLimits } from './change-organization-limits';
import { type CreateOrganization, createOrganization } from './create-organization';
import { evolve, type OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';
import { type SetWorkspacesConnecting, setWorkspacesConnecting } from './set-workspaces-connecting';

export type OrganizationCommand =
  CreateOrganization | ChangeOrganizationLimits | SetWorkspacesConnecting | ChangeApproval;

const decide = (
  command: OrganizationCommand,
  organization: OrganizationState,
): readonly OrganizationEvent[] => {
  switch (command.type) {
    case 'CreateOrganization':
      return createOrganization(command, organization);
    case 'ChangeOrganizationLimits':
      return changeOrganizationLimits(command, organization);
    case 'SetWorkspacesConnecting':
      return setWorkspacesConnecting(command, organization);
    case 'ChangeApproval':
      return changeApproval(command, organization);
  }
};

/** A tenant. Nothing crosses it. */
export const organizationDecider: Decider<OrganizationCommand, OrganizationState, OrganizationEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
