import { deriveId, organizationId } from '@gatehouse/kernel';
import { HmacEmailFingerprints } from './hmac-email-fingerprints';

const organization = organizationId(deriveId('org', 'a'));
const fingerprints = new HmacEmailFingerprints(Buffer.alloc(32, 7));
const of = (email: string): string => fingerprints.of(organization, email);

it.each([
  ['Mark@Example.com', 'mark@example.com'],
  ['Jos\u00c9@example.com', 'jose\u0301@example.com'],
  ['\u00c5sa@example.com', '\u00e5sa@example.com'],
])('%s is of who has %s', (one, other) => expect(of(one)).toBe(of(other)));

it.each([
  // KELVIN SIGN, which lower case makes a k of, and what normalization makes signs of ASCII of.
  ['mar\u212a@example.com', 'mark@example.com'],
  ['mark@example.\u212aom', 'mark@example.kom'],
  ['mark\u1fef@example.com', 'mark`@example.com'],
])('%s is of somebody else than %s', (one, other) => expect(of(one)).not.toBe(of(other)));

it('tells nobody of one organization in another', () =>
  expect(fingerprints.of(organizationId(deriveId('org', 'b')), 'a@example.com')).not.toBe(
    of('a@example.com'),
  ));
