import type { WorkspaceId } from '@gatehouse/kernel';

export type WorkspaceSlugReservation =
  { readonly status: 'free' } | { readonly status: 'reserved'; readonly workspaceId: WorkspaceId };
