import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, reconfigured, rotated } from './testing/integration-history';

const rotate = (version: number) => ({ ...rotated(version), type: 'RotateCredential' }) as const;

describe('rotating a credential', () => {
  test('records the next version', () =>
    given(integrationDecider, connected).when(rotate(2)).then(rotated(2)));
  test('keeps when the credential expires, and forgets it with the credential', () => {
    const credentialExpiresAt = new Date('2031-01-01T00:00:00Z');
    const { evolve, initial } = integrationDecider;
    const expiring = { ...rotated(2), credentialExpiresAt };
    given(integrationDecider, connected)
      .when({ ...rotate(2), credentialExpiresAt })
      .then(expiring);
    const expiries = [connected, expiring, reconfigured({}), rotated(3), reconfigured({}, 4)].map(
      (_event, index, events) => {
        const integration = events.slice(0, index + 1).reduce(evolve, initial);
        return integration.status === 'connected' && integration.details.credentialExpiresAt;
      },
    );
    expect(expiries).toEqual([undefined, credentialExpiresAt, credentialExpiresAt, undefined, undefined]);
  });
  test('counts on', () => given(integrationDecider, connected, rotated(2)).when(rotate(3)).then(rotated(3)));
  test.each([1, 3])('is a lost race with version %p after 1', (version) =>
    given(integrationDecider, connected).when(rotate(version)).thenRefused('CREDENTIAL_VERSION_TAKEN'),
  );
  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted).when(rotate(2)).thenRefused('INTEGRATION_DELETED'));
  test('is refused for none', () =>
    given(integrationDecider).when(rotate(1)).thenRefused('INTEGRATION_UNKNOWN'));
  test('is refused for one given up', () =>
    given(integrationDecider, abandoned).when(rotate(1)).thenRefused('INTEGRATION_UNKNOWN'));
});
