import type { Decider } from '@gatehouse/kernel';
import { evolve, type Publication } from './publication';
import type { PublicationEvent } from './publication.events';
import { type PublishContent, publishContent } from './publish-content';

/** Of the streams in which one of the two is published. */
export const publicationDecider = <Type extends PublicationEvent['type']>(
  type: Type,
): Decider<PublishContent, Publication, PublicationEvent & { readonly type: Type }> => ({
  initial: { status: 'none' },
  decide: (command, publication) => publishContent(type, command, publication),
  evolve,
});
