import type { Decider } from '@gatehouse/kernel';
import { type PublishContent, publishContent } from './publish-content';
import type { PublicationEvent, Published } from './publication.events';

/** The catalog, or the price book, as it was published last. */
export type Publication = { readonly status: 'none' } | ({ readonly status: 'published' } & Published);

const evolve = (_before: Publication, event: PublicationEvent): Publication => {
  switch (event.type) {
    case 'CatalogPublished':
    case 'PriceBookPublished': {
      const { version, sha256, publishedAt, source } = event;
      return { status: 'published', version, sha256, publishedAt, source };
    }
  }
};

/** Of the streams in which one of the two is published. */
export const publicationDecider = <Type extends PublicationEvent['type']>(
  type: Type,
): Decider<PublishContent, Publication, PublicationEvent & { readonly type: Type }> => ({
  initial: { status: 'none' },
  decide: (command, publication) => publishContent(type, command, publication),
  evolve,
});
