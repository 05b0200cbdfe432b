import type { Decider } from '@gatehouse/kernel';
import { type ReleaseWorkspaceName, releaseWorkspaceName } from './release-workspace-name';
import { type ReserveWorkspaceName, reserveWorkspaceName } from './reserve-workspace-name';
import { evolve, type WorkspaceNameState } from './workspace-name';
import type { WorkspaceNameEvent } from './workspace-name.events';

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

/** A name in an organization: who reserves it has it until it is released, which makes names unique across workspaces. */
export const workspaceNameDecider: Decider<WorkspaceNameCommand, WorkspaceNameState, WorkspaceNameEvent> = {
  initial: { status: 'free' },
  decide,
  evolve,
};
