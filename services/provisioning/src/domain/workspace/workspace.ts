import type { Decider, Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { type ChangeWorkspaceLimits, changeWorkspaceLimits } from './change-workspace-limits';
import { type CreateWorkspace, createWorkspace } from './create-workspace';
import type { WorkspaceEvent } from './workspace.events';

export type WorkspaceState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'created';
      readonly workspaceId: WorkspaceId;
      readonly organizationId: OrganizationId;
      readonly name: string;
      readonly limits: readonly Limit[];
    };

export type WorkspaceCommand = CreateWorkspace | ChangeWorkspaceLimits;

const decide = (command: WorkspaceCommand, workspace: WorkspaceState): readonly WorkspaceEvent[] => {
  switch (command.type) {
    case 'CreateWorkspace':
      return createWorkspace(command, workspace);
    case 'ChangeWorkspaceLimits':
      return changeWorkspaceLimits(command, workspace);
  }
};

const evolve = (workspace: WorkspaceState, event: WorkspaceEvent): WorkspaceState => {
  switch (event.type) {
    case 'WorkspaceCreated': {
      const { workspaceId, organizationId, name, limits } = event;
      return { status: 'created', workspaceId, organizationId, name, limits };
    }
    case 'WorkspaceLimitsChanged':
      return workspace.status === 'absent' ? workspace : { ...workspace, limits: event.limits };
  }
};

/** A team inside an organization. */
export const workspaceDecider: Decider<WorkspaceCommand, WorkspaceState, WorkspaceEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
