import { EVENTS } from '@gatehouse/events';
import { organizationId } from '@gatehouse/kernel';
import type { SecretReferenceEvent } from '../../domain/secret-reference/secret-reference.events';
import { slug } from '../../domain/slug/slug';
import { fromProtoRecordedLocator, toProtoLocator } from './recorded-secret';

export const secretReferenceCodec = EVENTS.codec<SecretReferenceEvent>({
  SecretReferenceDefined: {
    toMessage: ({ locator, ...event }) => ({ ...event, locator: toProtoLocator(locator) }),
    fromMessage: (message) => ({
      ...fromProtoKey(message),
      locator: fromProtoRecordedLocator(message.locator),
    }),
  },
  SecretReferenceChanged: {
    toMessage: ({ locator, ...event }) => ({ ...event, locator: toProtoLocator(locator) }),
    fromMessage: (message) => ({
      ...fromProtoKey(message),
      locator: fromProtoRecordedLocator(message.locator),
    }),
  },
  SecretReferenceRemoved: {
    toMessage: (event) => event,
    fromMessage: (message) => fromProtoKey(message),
  },
});

const fromProtoKey = (message: { readonly organizationId: string; readonly slug: string }) => ({
  organizationId: organizationId(message.organizationId),
  slug: slug(message.slug),
});
