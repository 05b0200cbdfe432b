import type { Decider, Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { type ArchiveWorkspace, archiveWorkspace } from './archive-workspace';
import { type ChangeWorkspaceKeyLimits, changeWorkspaceKeyLimits } from './change-workspace-key-limits';
import { type ChangeWorkspaceLimits, changeWorkspaceLimits } from './change-workspace-limits';
import { type CreateWorkspace, createWorkspace } from './create-workspace';
import { type RenameWorkspace, renameWorkspace } from './rename-workspace';
import { type SetWorkspaceConnecting, setWorkspaceConnecting } from './set-workspace-connecting';
import { type UpdateWorkspace, updateWorkspace } from './update-workspace';
import type { WorkspaceDetails, WorkspaceEvent } from './workspace.events';

export interface ExistingWorkspace {
  readonly status: 'active' | 'archived';
  readonly workspaceId: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /** The name that it was created by. */
  readonly firstName: string;
  /** Empty from before there were slugs. */
  readonly slug: string;
  readonly details: WorkspaceDetails;
  readonly limits: readonly Limit[];
  /** The template by which each of its keys has limits of its own. */
  readonly keyLimits: readonly Limit[];
  readonly archivedAt: Date | undefined;
  /** Whether its admins may connect integrations; undefined: as the organization says. */
  readonly connects: boolean | undefined;
}

export type WorkspaceState = { readonly status: 'absent' } | ExistingWorkspace;

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

const evolve = (workspace: WorkspaceState, event: WorkspaceEvent): WorkspaceState => {
  if (event.type === 'WorkspaceCreated') {
    const { type: _type, ...created } = event;
    return {
      status: 'active',
      ...created,
      firstName: event.name,
      keyLimits: [],
      archivedAt: undefined,
      connects: undefined,
    };
  }
  return workspace.status === 'absent' ? workspace : changed(workspace, event);
};

const changed = (
  workspace: ExistingWorkspace,
  event: Exclude<WorkspaceEvent, { readonly type: 'WorkspaceCreated' }>,
): ExistingWorkspace => {
  switch (event.type) {
    case 'WorkspaceLimitsChanged':
      return { ...workspace, limits: event.limits };
    case 'WorkspaceKeyLimitsChanged':
      return { ...workspace, keyLimits: event.limits };
    case 'WorkspaceRenamed':
      return { ...workspace, name: event.name };
    case 'WorkspaceDescribed':
      return { ...workspace, details: event.details };
    case 'WorkspaceArchived':
      return { ...workspace, status: 'archived', archivedAt: event.archivedAt };
    case 'WorkspaceConnectingSet':
      return { ...workspace, connects: event.allowed };
  }
};

/** A team inside an organization. */
export const workspaceDecider: Decider<WorkspaceCommand, WorkspaceState, WorkspaceEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
