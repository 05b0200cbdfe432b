import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { connected, deleted, described, id } from './testing/integration-history';

const describeAs = (description: string) =>
  ({ type: 'DescribeIntegration', integrationId: id, description }) as const;

describe('describing an integration', () => {
  test('records what it is for', () =>
    given(integrationDecider, connected).when(describeAs('For the team.')).then(described('For the team.')));
  test('records nothing where that was said', () => {
    given(integrationDecider, connected).when(describeAs('')).then();
    given(integrationDecider, connected, described('So.')).when(describeAs('So.')).then();
  });
  test('can be taken away', () =>
    given(integrationDecider, connected, described('So.')).when(describeAs('')).then(described('')));
  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted)
      .when(describeAs('Late.'))
      .thenRefused('INTEGRATION_DELETED'));
  test('is refused for none', () =>
    given(integrationDecider).when(describeAs('So.')).thenRefused('INTEGRATION_UNKNOWN'));
});
