import { EVENTS } from '@gatehouse/events';
import type { eventsV1 } from '@gatehouse/proto-gen';
import type {
  CatalogPublished,
  PriceBookPublished,
  Published,
} from '../../domain/publication/publication.events';

export const catalogCodec = EVENTS.codec<CatalogPublished>({
  CatalogPublished: { toMessage: (event) => event, fromMessage: (message) => fromProtoPublished(message) },
});

export const priceBookCodec = EVENTS.codec<PriceBookPublished>({
  PriceBookPublished: { toMessage: (event) => event, fromMessage: (message) => fromProtoPublished(message) },
});

const fromProtoPublished = ({
  publishedAt,
  ...message
}: eventsV1.CatalogPublished | eventsV1.PriceBookPublished): Published => {
  if (publishedAt === undefined) throw new Error('a publication has no time');
  return { ...message, publishedAt };
};
