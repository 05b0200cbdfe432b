import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, id } from './testing/integration-history';

const abandon = { type: 'AbandonConnect', integrationId: id } as const;

describe('abandoning a connection', () => {
  test('records it where nothing was recorded', () =>
    given(integrationDecider).when(abandon).then(abandoned));
  test('happens once', () => given(integrationDecider, abandoned).when(abandon).then());
  test('comes too late for one that was made', () =>
    given(integrationDecider, connected).when(abandon).then());
  test('comes too late for one that is gone', () =>
    given(integrationDecider, connected, deleted).when(abandon).then());
});
