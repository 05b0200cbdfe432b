import type { Decider } from '@gatehouse/kernel';
import { type ArchiveWorkspace, archiveWorkspace } from './archive-workspace';
import { type ChangeWorkspaceKeyLimits, changeWorkspaceKeyLimits } from './change-workspace-key-limits';
import { type ChangeWorkspaceLimits, changeWorkspaceLimits } from './change-workspace-limits';
import { type CreateWorkspace, createWorkspace } from './create-workspace';
import { type RenameWorkspace, renameWorkspace } from './rename-workspace';
import { type SetWorkspaceConnecting, setWorkspaceConnecting } from './set-workspace-connecting';
import { type UpdateWorkspace, updateWorkspace } from './update-workspace';
import { evolve, type WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

export type WorkspaceCommand =
  | CreateWorkspace
  | ChangeWorkspaceLimits
  | ChangeWorkspaceKeyLimits
  | RenameWorkspace
  | UpdateWorkspace
  | ArchiveWorkspace
  | SetWorkspaceConnecting;

const decide = (command: WorkspaceCommand, workspace: WorkspaceState): readonly WorkspaceEvent[] => {
  switch (command.type) {
    case 'CreateWorkspace':
      return createWorkspace(command, workspace);
    case 'ChangeWorkspaceLimits':
      return changeWorkspaceLimits(command, workspace);
    case 'RenameWorkspace':
      return renameWorkspace(command, workspace);
    case 'UpdateWorkspace':
      return updateWorkspace(command, workspace);
    case 'ArchiveWorkspace':
      return archiveWorkspace(command, workspace);
    case 'SetWorkspaceConnecting':
      return setWorkspaceConnecting(command, workspace);
    case 'ChangeWorkspaceKeyLimits':
      return changeWorkspaceKeyLimits(command, workspace);
  }
};

/** A team inside an organization. */
export const workspaceDecider: Decider<WorkspaceCommand, WorkspaceState, WorkspaceEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
