import type { Recorded } from '@gatehouse/event-store';
import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceState } from '../../domain/workspace/workspace';
import type { WorkspaceDetails } from '../../domain/workspace/workspace.events';

export interface WorkspaceView {
  readonly id: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly slug: string;
  readonly details: WorkspaceDetails;
  readonly limits: readonly Limit[];
  readonly revision: bigint;
  readonly createdAt: Date;
  /** Undefined while it is active. */
  readonly archivedAt: Date | undefined;
  /** Whether its admins may connect integrations; undefined: as the organization says. */
  readonly connects: boolean | undefined;
}

export const workspaceView = ({ state, revision, createdAt }: Recorded<WorkspaceState>): WorkspaceView => {
  if (state.status === 'absent') throw new Error('a workspace without its creation');
  const { workspaceId: id, organizationId, name, slug, details, limits, archivedAt, connects } = state;
  return {
    id,
    organizationId,
    name,
    slug: slugOf(slug, id),
    details,
    limits,
    revision,
    createdAt,
    archivedAt,
    connects,
  };
};

/** A workspace from before there were slugs goes by its id, which nobody else can have as a slug. */
export const slugOf = (slug: string, id: WorkspaceId): string => (slug === '' ? id : slug);
