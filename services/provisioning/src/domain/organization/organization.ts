import type { Decider, Limit, OrganizationId } from '@gatehouse/kernel';
import { type ChangeApproval, changeApproval } from './change-approval';
import { type ChangeOrganizationLimits, changeOrganizationLimits } from './change-organization-limits';
import { type CreateOrganization, createOrganization } from './create-organization';
import { type SetWorkspacesConnecting, setWorkspacesConnecting } from './set-workspaces-connecting';
import type { OrganizationEvent } from './organization.events';

export type OrganizationState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'created';
      readonly organizationId: OrganizationId;
      readonly name: string;
      readonly limits: readonly Limit[];
      /** Whether admins of workspaces may connect integrations, where a workspace does not say otherwise. */
      readonly workspacesConnect: boolean;
      /** What lets more be spent or called wants a second admin. */
      readonly approvalRequired: boolean;
    };

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

const evolve = (organization: OrganizationState, event: OrganizationEvent): OrganizationState => {
  switch (event.type) {
    case 'OrganizationCreated': {
      const { organizationId, name } = event;
      return {
        status: 'created',
        organizationId,
        name,
        limits: [],
        workspacesConnect: true,
        approvalRequired: false,
      };
    }
    case 'OrganizationLimitsChanged':
      return organization.status === 'absent' ? organization : { ...organization, limits: event.limits };
    case 'WorkspacesConnectingSet':
      return organization.status === 'absent'
        ? organization
        : { ...organization, workspacesConnect: event.allowed };
    case 'OrganizationApprovalChanged':
      return organization.status === 'absent'
        ? organization
        : { ...organization, approvalRequired: event.required };
  }
};

/** A tenant. Nothing crosses it. */
export const organizationDecider: Decider<OrganizationCommand, OrganizationState, OrganizationEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
