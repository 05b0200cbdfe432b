import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
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

/** Whether it is there, and has that id. */
export const isWorkspace = (id: WorkspaceId, workspace: WorkspaceState): workspace is ExistingWorkspace =>
  workspace.status !== 'absent' && workspace.workspaceId === id;

export const evolve = (workspace: WorkspaceState, event: WorkspaceEvent): WorkspaceState => {
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
