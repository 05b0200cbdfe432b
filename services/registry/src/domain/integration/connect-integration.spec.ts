import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, details } from './testing/integration-history';

const connect = { type: 'ConnectIntegration', details, description: '' } as const;

describe('connecting an integration', () => {
  test('records it', () => given(integrationDecider).when(connect).then(connected));
  test('records in the same step what it is for', () =>
    given(integrationDecider)
      .when({ ...connect, description: 'Spring campaign' })
      .then(connected, {
        type: 'IntegrationDescribed',
        integrationId: details.integrationId,
        description: 'Spring campaign',
      }));
  test('is refused once it was given up', () =>
    given(integrationDecider, abandoned).when(connect).thenRefused('CONNECT_ABANDONED'));
  test('is refused where there is one', () =>
    given(integrationDecider, connected).when(connect).thenRefused('INTEGRATION_EXISTS'));
  test('is refused where there was one', () =>
    given(integrationDecider, connected, deleted).when(connect).thenRefused('INTEGRATION_EXISTS'));
});
