import { AppError } from '@gatehouse/kernel';
import type { PublicationEvent } from './publication.events';
import type { Publication } from './publication';

export interface PublishContent {
  readonly type: 'PublishContent';
  /** The version that the content was composed as. */
  readonly version: bigint;
  readonly sha256: string;
  readonly at: Date;
  readonly source: string;
}

/**
 * What is published already is not published again, whoever did it. A content is composed on what was published before:
 * where that has moved on, it is to be composed anew.
 *
 * Errors: CONFLICT `PUBLICATION_OVERTAKEN`.
 */
export const publishContent = <Type extends PublicationEvent['type']>(
  type: Type,
  { version, sha256, at, source }: PublishContent,
  publication: Publication,
): readonly (PublicationEvent & { readonly type: Type })[] => {
  const published = publication.status === 'published' ? publication : undefined;
  if (published?.sha256 === sha256) return [];
  if (version !== (published?.version ?? 0n) + 1n) throw new AppError('CONFLICT', 'PUBLICATION_OVERTAKEN');
  return [{ type, version, sha256, publishedAt: at, source } as PublicationEvent & { readonly type: Type }];
};
