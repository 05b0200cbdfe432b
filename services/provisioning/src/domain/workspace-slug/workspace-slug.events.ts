import type { OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { WorkspaceSlug } from './workspace-slug';

/** Stream `workspaceslug-{hash of organization and slug}`. */
export interface WorkspaceSlugReserved {
  readonly type: 'WorkspaceSlugReserved';
  readonly organizationId: OrganizationId;
  readonly slug: WorkspaceSlug;
  readonly workspaceId: WorkspaceId;
}

export type WorkspaceSlugEvent = WorkspaceSlugReserved;
