import type { OrganizationId } from '@gatehouse/kernel';
import type { Slug } from '../../domain/slug/slug';
import { slugDecider } from '../../domain/slug/slug-reservation';
import { slugCodec } from './slug.codec';

export const SLUG_STREAM_PREFIX = 'slug-';

/** The stream in which an organization's slug is reserved: its first event wins. */
export const slugStream = (organizationId: OrganizationId, slug: Slug): string =>
  `${SLUG_STREAM_PREFIX}${organizationId}-${slug}`;

export const slugAggregate = { decider: slugDecider, codec: slugCodec };
