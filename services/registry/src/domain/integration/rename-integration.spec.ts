import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, id, renamed } from './testing/integration-history';

const rename = (name: string) => ({ type: 'RenameIntegration', integrationId: id, name }) as const;

describe('renaming an integration', () => {
  test('records the new name', () =>
    given(integrationDecider, connected).when(rename('Team A')).then(renamed('Team A')));
  test('records nothing where it has that name', () => {
    given(integrationDecider, connected).when(rename(connected.name)).then();
    given(integrationDecider, connected, renamed('Team A')).when(rename('Team A')).then();
  });
  test('can be taken back', () =>
    given(integrationDecider, connected, renamed('Team A'))
      .when(rename(connected.name))
      .then(renamed(connected.name)));
  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted).when(rename('Late')).thenRefused('INTEGRATION_DELETED'));
  test('is refused for none', () =>
    given(integrationDecider).when(rename('Nobody')).thenRefused('INTEGRATION_UNKNOWN'));
  test('is refused for one given up', () =>
    given(integrationDecider, abandoned).when(rename('Nobody')).thenRefused('INTEGRATION_UNKNOWN'));
});
