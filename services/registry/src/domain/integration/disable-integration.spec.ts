import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { connected, deleted, disabled, enabled, id, rotated } from './testing/integration-history';

const disable = { type: 'DisableIntegration', integrationId: id } as const;
const enable = { type: 'EnableIntegration', integrationId: id } as const;

describe('disabling an integration', () => {
  test('records it', () => given(integrationDecider, connected).when(disable).then(disabled));
  test('happens once', () => given(integrationDecider, connected, disabled).when(disable).then());
  test('is possible again', () =>
    given(integrationDecider, connected, disabled, enabled).when(disable).then(disabled));
  test('keeps its credential, which can be rotated meanwhile', () =>
    given(integrationDecider, connected, disabled)
      .when({ ...rotated(2), type: 'RotateCredential' })
      .then(rotated(2)));
  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted).when(disable).thenRefused('INTEGRATION_DELETED'));
  test('is refused for none', () =>
    given(integrationDecider).when(disable).thenRefused('INTEGRATION_UNKNOWN'));
});

describe('enabling an integration', () => {
  test('records it', () => given(integrationDecider, connected, disabled).when(enable).then(enabled));
  test('is nothing where it is enabled', () => given(integrationDecider, connected).when(enable).then());
  test('does not bring back a deleted integration', () =>
    given(integrationDecider, connected, disabled, deleted).when(enable).thenRefused('INTEGRATION_DELETED'));
});
