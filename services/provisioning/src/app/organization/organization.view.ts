import type { Recorded } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';
import type { OrganizationState } from '../../domain/organization/organization';

export interface OrganizationView {
  readonly id: OrganizationId;
  readonly name: string;
  readonly revision: bigint;
  readonly createdAt: Date;
}

export const organizationView = ({
  state,
  revision,
  createdAt,
}: Recorded<OrganizationState>): OrganizationView => {
  if (state.status === 'absent') throw new Error('an organization without its creation');
  return { id: state.organizationId, name: state.name, revision, createdAt };
};
