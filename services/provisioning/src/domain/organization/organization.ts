import type { Limit, OrganizationId } from '@gatehouse/kernel';
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

export const evolve = (organization: OrganizationState, event: OrganizationEvent): OrganizationState => {
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
