import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration';
import { abandoned, connected, deleted, id, rotated } from './testing/integration-history';

const remove = { type: 'DeleteIntegration', integrationId: id } as const;

describe('deleting an integration', () => {
  test('records it', () => given(integrationDecider, connected, rotated(2)).when(remove).then(deleted));
  test('happens once', () => given(integrationDecider, connected, deleted).when(remove).then());
  test('is refused for none', () =>
    given(integrationDecider).when(remove).thenRefused('INTEGRATION_UNKNOWN'));
  test('is refused for one given up', () =>
    given(integrationDecider, abandoned).when(remove).thenRefused('INTEGRATION_UNKNOWN'));
});
