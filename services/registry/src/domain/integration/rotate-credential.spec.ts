import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration';
import { abandoned, connected, deleted, rotated } from './testing/integration-history';

const rotate = (version: number) => ({ ...rotated(version), type: 'RotateCredential' }) as const;

describe('rotating a credential', () => {
  test('records the next version', () =>
    given(integrationDecider, connected).when(rotate(2)).then(rotated(2)));
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
