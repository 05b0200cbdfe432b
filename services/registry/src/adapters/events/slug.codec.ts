import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId } from '@gatehouse/kernel';
import type { eventsV1 } from '@gatehouse/proto-gen';
import { slug } from '../../domain/slug/slug';
import type { SlugEvent } from '../../domain/slug/slug.events';

export const slugCodec = EVENTS.codec<SlugEvent>({
  SlugReserved: { toMessage: (event) => event, fromMessage: (message) => fromProtoHolder(message) },
  SlugReleased: { toMessage: (event) => event, fromMessage: (message) => fromProtoHolder(message) },
});

const fromProtoHolder = (message: eventsV1.SlugReserved | eventsV1.SlugReleased) => ({
  organizationId: organizationId(message.organizationId),
  slug: slug(message.slug),
  integrationId: integrationId(message.integrationId),
});
