import type { Recorded } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';
import type { OrganizationState } from '../../domain/organization/organization';

export interface OrganizationView {
  readonly id: OrganizationId;
  readonly name: string;
  readonly revision: bigint;
  readonly createdAt: Date;
  /** Whether admins of workspaces may connect integrations, where a workspace does not say otherwise. */
  readonly workspacesConnect: boolean;
}

export const organizationView = ({
  state,
  revision,
  createdAt,
}: Recorded<OrganizationState>): OrganizationView => {
  if (state.status === 'absent') throw new Error('an organization without its creation');
  const { organizationId: id, name, workspacesConnect } = state;
  return { id, name, revision, createdAt, workspacesConnect };
};
