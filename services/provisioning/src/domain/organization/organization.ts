import type { Decider, OrganizationId } from '@gatehouse/kernel';
import { type CreateOrganization, createOrganization } from './create-organization';
import type { OrganizationEvent } from './organization.events';

export type OrganizationState =
  | { readonly status: 'absent' }
  | { readonly status: 'created'; readonly organizationId: OrganizationId; readonly name: string };

export type OrganizationCommand = CreateOrganization;

/** A tenant. Nothing crosses it. */
export const organizationDecider: Decider<OrganizationCommand, OrganizationState, OrganizationEvent> = {
  initial: { status: 'absent' },
  decide: createOrganization,
  evolve: (_state, { organizationId, name }) => ({ status: 'created', organizationId, name }),
};
