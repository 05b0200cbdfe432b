import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { Slug } from '../../domain/slug/slug';
import type { SlugReservation } from '../../domain/slug/slug-reservation';
import { type SlugCommand, slugDecider } from '../../domain/slug/slug-reservation.decider';
import type { SlugEvent } from '../../domain/slug/slug.events';
import { EventCodecs } from '../event-codecs.ports';

export const SLUG_STREAM_PREFIX = 'slug-';

/** The streams in which an organization's slugs are reserved: the first event of each wins. */
@Injectable()
export class SlugStreams extends Streams<SlugCommand, SlugReservation, SlugEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, SLUG_STREAM_PREFIX, { decider: slugDecider, codec: codecs.slug }, ids);
  }
}

/** What a slug's stream is called by. */
export const slugKey = (organizationId: OrganizationId, slug: Slug): string => `${organizationId}-${slug}`;
