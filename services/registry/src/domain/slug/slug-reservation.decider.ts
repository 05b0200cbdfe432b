import type { Decider } from '@gatehouse/kernel';
import { type ReleaseSlug, releaseSlug } from './release-slug';
import { type ReserveSlug, reserveSlug } from './reserve-slug';
import { evolve, type SlugReservation } from './slug-reservation';
import type { SlugEvent } from './slug.events';

export type SlugCommand = ReserveSlug | ReleaseSlug;

const decide = (command: SlugCommand, reservation: SlugReservation): readonly SlugEvent[] => {
  switch (command.type) {
    case 'ReserveSlug':
      return reserveSlug(command, reservation);
    case 'ReleaseSlug':
      return releaseSlug(command, reservation);
  }
};

export const slugDecider: Decider<SlugCommand, SlugReservation, SlugEvent> = {
  initial: { status: 'free' },
  decide,
  evolve,
};
