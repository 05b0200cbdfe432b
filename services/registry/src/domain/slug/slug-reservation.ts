import type { IntegrationId } from '@gatehouse/kernel';
import type { SlugEvent } from './slug.events';

/** Who holds a slug of an organization: the first to reserve it, until they release it. */
export type SlugReservation =
  { readonly status: 'free' } | { readonly status: 'reserved'; readonly integrationId: IntegrationId };

export const evolve = (_reservation: SlugReservation, event: SlugEvent): SlugReservation => {
  switch (event.type) {
    case 'SlugReserved':
      return { status: 'reserved', integrationId: event.integrationId };
    case 'SlugReleased':
      return { status: 'free' };
  }
};
