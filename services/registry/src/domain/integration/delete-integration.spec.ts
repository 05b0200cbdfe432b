import { given } from '@gatehouse/kernel/testing';
import { type Dependents } from './delete-integration';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, disabled, id, KEY_ID, rotated } from './testing/integration-history';

const remove = {
  type: 'DeleteIntegration',
  integrationId: id,
  dependents: undefined,
  keyIds: [KEY_ID],
} as const;
const unless = (dependents: Dependents) => ({ ...remove, dependents });
const inUse = unless({ workspaces: 2, apiKeys: 3, callsLast7Days: 4n });
const unused = unless({ workspaces: 0, apiKeys: 0, callsLast7Days: 0n });

const metadataOf = (command: typeof inUse): unknown => {
  try {
    return integrationDecider.decide(command, integrationDecider.evolve({ status: 'absent' }, connected));
  } catch (error) {
    return (error as { metadata: unknown }).metadata;
  }
};

describe('deleting an integration', () => {
  test('records it', () => given(integrationDecider, connected, rotated(2)).when(unused).then(deleted));
  test('is possible while it is disabled', () =>
    given(integrationDecider, connected, disabled).when(unused).then(deleted));
  test('is refused while workspaces have it, disabled or not', () => {
    given(integrationDecider, connected).when(inUse).thenRefused('INTEGRATION_IN_USE');
    given(integrationDecider, connected, disabled).when(inUse).thenRefused('INTEGRATION_IN_USE');
  });
  test('says what depends on it, as far as that is known', () => {
    expect(metadataOf(inUse)).toEqual({ workspaces: '2', api_keys: '3', calls_last_7_days: '4' });
    const calls = unless({ workspaces: 1, apiKeys: 0, callsLast7Days: undefined });
    expect(metadataOf(calls)).toEqual({ workspaces: '1', api_keys: '0' });
  });
  test('is possible whatever depends on it', () =>
    given(integrationDecider, connected).when(remove).then(deleted));
  test('happens once', () => {
    given(integrationDecider, connected, deleted).when(remove).then();
    given(integrationDecider, connected, deleted).when(inUse).then();
  });
  test('is refused for none', () =>
    given(integrationDecider).when(remove).thenRefused('INTEGRATION_UNKNOWN'));
  test('is refused for one given up', () =>
    given(integrationDecider, abandoned).when(remove).thenRefused('INTEGRATION_UNKNOWN'));
});
