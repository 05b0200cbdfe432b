import { given } from '@gatehouse/kernel/testing';
import { publicationDecider } from './publication.decider';
import type { CatalogPublished } from './publication.events';

const decider = publicationDecider('CatalogPublished');
const at = new Date('2030-01-01T00:00:00Z');
const first: CatalogPublished = {
  type: 'CatalogPublished',
  version: 1n,
  sha256: 'a1',
  publishedAt: at,
  source: 'built in',
};
const publish = (version: bigint, sha256: string) =>
  ({ type: 'PublishContent', version, sha256, at, source: 'built in' }) as const;

test('the first is version 1', () => given(decider).when(publish(1n, 'a1')).then(first));

test('another content is the next version', () =>
  given(decider, first)
    .when(publish(2n, 'b2'))
    .then({ ...first, version: 2n, sha256: 'b2' }));

test('what is published is not published again, as whichever version it was composed', () => {
  given(decider, first).when(publish(1n, 'a1')).then();
  given(decider, first).when(publish(2n, 'a1')).then();
});

test('what was composed on another is refused', () => {
  given(decider, first).when(publish(1n, 'b2')).thenRefused('PUBLICATION_OVERTAKEN');
  given(decider, first).when(publish(3n, 'b2')).thenRefused('PUBLICATION_OVERTAKEN');
  given(decider).when(publish(2n, 'b2')).thenRefused('PUBLICATION_OVERTAKEN');
});
