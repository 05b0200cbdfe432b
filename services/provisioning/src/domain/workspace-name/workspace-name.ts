import type { Decider, Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { type ReserveWorkspaceName, reserveWorkspaceName } from './reserve-workspace-name';
import type { WorkspaceNameEvent } from './workspace-name.events';

export type WorkspaceNameState =
  | { readonly status: 'free' }
  | {
      readonly status: 'reserved';
      readonly organizationId: OrganizationId;
      readonly name: string;
      readonly workspaceId: WorkspaceId;
      readonly limits: readonly Limit[];
    };

export type WorkspaceNameCommand = ReserveWorkspaceName;

/** A name in an organization: the first event of its stream wins, which makes names unique across workspaces. */
export const workspaceNameDecider: Decider<WorkspaceNameCommand, WorkspaceNameState, WorkspaceNameEvent> = {
  initial: { status: 'free' },
  decide: reserveWorkspaceName,
  evolve: (_state, { organizationId, name, workspaceId, limits }) => ({
    status: 'reserved',
    organizationId,
    name,
    workspaceId,
    limits,
  }),
};
