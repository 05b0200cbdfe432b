import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceSlug } from './workspace-slug';
import type { WorkspaceSlugEvent } from './workspace-slug.events';
import type { WorkspaceSlugReservation } from './workspace-slug-reservation';

export interface ReserveWorkspaceSlug {
  readonly type: 'ReserveWorkspaceSlug';
  readonly organizationId: OrganizationId;
  readonly slug: WorkspaceSlug;
  readonly workspaceId: WorkspaceId;
}

/** CONFLICT `WORKSPACE_SLUG_TAKEN`. Reserving what one has already records nothing. */
export const reserveWorkspaceSlug = (
  { organizationId, slug, workspaceId }: ReserveWorkspaceSlug,
  reservation: WorkspaceSlugReservation,
): readonly WorkspaceSlugEvent[] => {
  if (reservation.status === 'free')
    return [{ type: 'WorkspaceSlugReserved', organizationId, slug, workspaceId }];
  if (reservation.workspaceId === workspaceId) return [];
  throw new AppError('CONFLICT', 'WORKSPACE_SLUG_TAKEN');
};
