import type { Decider, IntegrationId } from '@gatehouse/kernel';
import { type ReleaseSlug, releaseSlug } from './release-slug';
import { type ReserveSlug, reserveSlug } from './reserve-slug';
import type { SlugEvent } from './slug.events';

/** Who holds a slug of an organization: the first to reserve it, until they release it. */
export type SlugReservation =
  { readonly status: 'free' } | { readonly status: 'reserved'; readonly integrationId: IntegrationId };

export type SlugCommand = ReserveSlug | ReleaseSlug;

const decide = (command: SlugCommand, reservation: SlugReservation): readonly SlugEvent[] => {
  switch (command.type) {
    case 'ReserveSlug':
      return reserveSlug(command, reservation);
    case 'ReleaseSlug':
      return releaseSlug(command, reservation);
  }
};

const evolve = (_reservation: SlugReservation, event: SlugEvent): SlugReservation => {
  switch (event.type) {
    case 'SlugReserved':
      return { status: 'reserved', integrationId: event.integrationId };
    case 'SlugReleased':
      return { status: 'free' };
  }
};

export const slugDecider: Decider<SlugCommand, SlugReservation, SlugEvent> = {
  initial: { status: 'free' },
  decide,
  evolve,
};
