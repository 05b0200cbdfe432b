import type { Decider } from '@gatehouse/kernel';
import { type ReserveWorkspaceSlug, reserveWorkspaceSlug } from './reserve-workspace-slug';
import type { WorkspaceSlugReservation } from './workspace-slug-reservation';
import type { WorkspaceSlugEvent } from './workspace-slug.events';

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
