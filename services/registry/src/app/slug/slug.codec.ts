import type { EventCodec, JsonObject } from '@gatehouse/event-store';
import { integrationId, organizationId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import { slug } from '../../domain/slug/slug';
import type { SlugEvent } from '../../domain/slug/slug.events';

/** Every version ever stored → the newest. A type without its upcaster does not compile. */
export const slugUpcasters: {
  readonly [Type in SlugEvent['type'] as `${Type}@1`]: (
    data: JsonObject,
  ) => Extract<SlugEvent, { type: Type }>;
} = {
  'SlugReserved@1': (data) => ({ type: 'SlugReserved', ...branded(eventsV1.SlugReserved.fromJSON(data)) }),
  'SlugReleased@1': (data) => ({ type: 'SlugReleased', ...branded(eventsV1.SlugReleased.fromJSON(data)) }),
};

const upcasters = new Map<string, (data: JsonObject) => SlugEvent>(Object.entries(slugUpcasters));

/** Domain events ↔ the JSON of the message of the same name in `gatehouse.events.v1`. */
export const slugCodec: EventCodec<SlugEvent> = {
  encode: (event) => ({ type: event.type, version: 1, data: dataOf(event) as JsonObject }),
  decode: ({ type, version, data }) => {
    const upcast = upcasters.get(`${type}@${version}`);
    if (upcast === undefined) throw new Error(`a slug's stream has no ${type}@${version}`);
    return upcast(data);
  },
};

const dataOf = (event: SlugEvent): unknown => {
  switch (event.type) {
    case 'SlugReserved':
      return eventsV1.SlugReserved.toJSON(event);
    case 'SlugReleased':
      return eventsV1.SlugReleased.toJSON(event);
  }
};

const branded = (message: eventsV1.SlugReserved) => ({
  organizationId: organizationId(message.organizationId),
  slug: slug(message.slug),
  integrationId: integrationId(message.integrationId),
});
