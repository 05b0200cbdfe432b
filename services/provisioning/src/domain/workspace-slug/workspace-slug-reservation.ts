import type { Decider, WorkspaceId } from '@gatehouse/kernel';
import { type ReserveWorkspaceSlug, reserveWorkspaceSlug } from './reserve-workspace-slug';
import type { WorkspaceSlugEvent } from './workspace-slug.events';

export type WorkspaceSlugReservation =
  { readonly status: 'free' } | { readonly status: 'reserved'; readonly workspaceId: WorkspaceId };

/** Who has a slug of an organization: the first to reserve it, for ever. */
export const workspaceSlugDecider: Decider<
  ReserveWorkspaceSlug,
  WorkspaceSlugReservation,
  WorkspaceSlugEvent
> = {
  initial: { status: 'free' },
  decide: reserveWorkspaceSlug,
  evolve: (_reservation, { workspaceId }) => ({ status: 'reserved', workspaceId }),
};
