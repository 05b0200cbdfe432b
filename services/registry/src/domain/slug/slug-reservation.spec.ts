import { deriveId, integrationId, organizationId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { slug } from './slug';
import { slugDecider } from './slug-reservation.decider';

const key = { organizationId: organizationId(deriveId('org', 'spec')), slug: slug('openai') };
const ours = { ...key, integrationId: integrationId(deriveId('int', 'ours')) };
const theirs = { ...key, integrationId: integrationId(deriveId('int', 'theirs')) };
const reserve = { type: 'ReserveSlug', ...ours } as const;
const release = { type: 'ReleaseSlug', ...ours } as const;
const reserved = { type: 'SlugReserved', ...ours } as const;
const released = { type: 'SlugReleased', ...ours } as const;
const reservedByThem = { type: 'SlugReserved', ...theirs } as const;

describe('reserving a slug', () => {
  test('is recorded', () => given(slugDecider).when(reserve).then(reserved));
  test('is possible again after its release', () =>
    given(slugDecider, reserved, released).when(reserve).then(reserved));
  test('happens once', () => given(slugDecider, reserved).when(reserve).then());
  test('is refused while another holds it', () =>
    given(slugDecider, reservedByThem).when(reserve).thenRefused('SLUG_TAKEN'));
});

describe('releasing a slug', () => {
  test('is recorded', () => given(slugDecider, reserved).when(release).then(released));
  test('happens once', () => given(slugDecider, reserved, released).when(release).then());
  test('leaves what another holds', () =>
    given(slugDecider, reserved, released, reservedByThem).when(release).then());
  test('of a free slug records nothing', () => given(slugDecider).when(release).then());
});

describe('a slug', () => {
  test.each(['a', 'A-b_9', 'x'.repeat(64)])('may be %p', (raw) => expect(slug(raw)).toBe(raw));
  test.each(['', 'x'.repeat(65), 'a b', 'a/b', '@a', 'ä', 'a\n', 'a.b'])('may not be %p', (raw) =>
    expect(() => slug(raw)).toThrow('SLUG_MALFORMED'),
  );
});
