import { registryV1 } from '@gatehouse/proto-gen';
import { describeAge } from './describe-age';

const NOW = new Date('2027-02-01T00:00:00Z');
const described = (given?: string, expires?: string): string =>
  describeAge(
    registryV1.IntegrationHealth.fromPartial({
      ...(given && { credentialGivenAt: new Date(given) }),
      ...(expires && { credentialExpiresAt: new Date(expires) }),
    }),
    NOW,
  ).join(', ');

describe('the age of a credential', () => {
  test('is told in whole days', () => {
    expect(described('2027-01-31T00:00:01Z')).toBe('credential 0 days old');
    expect(described('2027-01-01T00:00:00Z')).toBe('credential 31 days old');
  });

  test('comes with the end, before it and after', () => {
    expect(described('2027-01-31', '2027-02-02')).toBe(
      'credential 1 days old, expires 2027-02-02T00:00:00.000Z',
    );
    expect(described('2027-01-31', '2027-02-01')).toContain('expired 2027-02-01');
  });

  test('is not told of what is not known', () => expect(described()).toBe(''));
});
