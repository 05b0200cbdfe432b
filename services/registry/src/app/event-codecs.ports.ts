import type { EventCodec } from '@gatehouse/event-store';
import type { IntegrationEvent } from '../domain/integration/integration.events';
import type { CatalogPublished, PriceBookPublished } from '../domain/publication/publication.events';
import type { SecretReferenceEvent } from '../domain/secret-reference/secret-reference.events';
import type { SlugEvent } from '../domain/slug/slug.events';

/** How the events of each kind of stream are stored. */
export abstract class EventCodecs {
  abstract readonly integration: EventCodec<IntegrationEvent>;
  abstract readonly slug: EventCodec<SlugEvent>;
  abstract readonly catalog: EventCodec<CatalogPublished>;
  abstract readonly priceBook: EventCodec<PriceBookPublished>;
  abstract readonly secretReference: EventCodec<SecretReferenceEvent>;
}
