import type { Decider, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { type ReleaseWorkspaceName, releaseWorkspaceName } from './release-workspace-name';
import { type ReserveWorkspaceName, reserveWorkspaceName } from './reserve-workspace-name';
import type { NamePurpose, WorkspaceNameEvent } from './workspace-name.events';

export type WorkspaceNameState =
  | { readonly status: 'free' }
  | {
      readonly status: 'reserved';
      readonly organizationId: OrganizationId;
      readonly name: string;
      readonly workspaceId: WorkspaceId;
      readonly purpose: NamePurpose;
    };

export type WorkspaceNameCommand = ReserveWorkspaceName | ReleaseWorkspaceName;

const decide = (
  command: WorkspaceNameCommand,
  reservation: WorkspaceNameState,
): readonly WorkspaceNameEvent[] => {
  switch (command.type) {
    case 'ReserveWorkspaceName':
      return reserveWorkspaceName(command, reservation);
    case 'ReleaseWorkspaceName':
      return releaseWorkspaceName(command, reservation);
  }
};

const evolve = (_state: WorkspaceNameState, event: WorkspaceNameEvent): WorkspaceNameState => {
  switch (event.type) {
    case 'WorkspaceNameReserved': {
      const { type: _type, ...reserved } = event;
      return { status: 'reserved', ...reserved };
    }
    case 'WorkspaceNameReleased':
      return { status: 'free' };
  }
};

/** A name in an organization: who reserves it has it until it is released, which makes names unique across workspaces. */
export const workspaceNameDecider: Decider<WorkspaceNameCommand, WorkspaceNameState, WorkspaceNameEvent> = {
  initial: { status: 'free' },
  decide,
  evolve,
};
