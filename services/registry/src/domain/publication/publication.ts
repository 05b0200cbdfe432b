import type { PublicationEvent, Published } from './publication.events';

/** The catalog, or the price book, as it was published last. */
export type Publication = { readonly status: 'none' } | ({ readonly status: 'published' } & Published);

export const evolve = (_before: Publication, event: PublicationEvent): Publication => {
  switch (event.type) {
    case 'CatalogPublished':
    case 'PriceBookPublished': {
      const { version, sha256, publishedAt, source } = event;
      return { status: 'published', version, sha256, publishedAt, source };
    }
  }
};
