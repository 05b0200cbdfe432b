import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { connected, deleted, id, KEY_ID, keyDestroyed, keyScheduled } from './testing/integration-history';

const record = (scheduledFor?: Date, keyId = KEY_ID) =>
  ({ type: 'RecordKeyDestruction', integrationId: id, keyId, scheduledFor }) as const;
const on = (day: number) => new Date(Date.UTC(2030, 0, day));

describe("the destruction of a deleted integration's key", () => {
  test('is recorded when it is confirmed, once', () => {
    given(integrationDecider, connected, deleted).when(record()).then(keyDestroyed);
    given(integrationDecider, connected, deleted, keyDestroyed).when(record()).then();
  });
  test('is recorded as scheduled, and again when it takes longer', () => {
    given(integrationDecider, connected, deleted)
      .when(record(on(8)))
      .then(keyScheduled(8));
    given(integrationDecider, connected, deleted, keyScheduled(8))
      .when(record(on(8)))
      .then();
    given(integrationDecider, connected, deleted, keyScheduled(8))
      .when(record(on(7)))
      .then();
    given(integrationDecider, connected, deleted, keyScheduled(8))
      .when(record(on(9)))
      .then(keyScheduled(9));
    given(integrationDecider, connected, deleted, keyScheduled(8)).when(record()).then(keyDestroyed);
  });
  test('is no news of another key, of a live integration, or of none', () => {
    given(integrationDecider, connected, deleted).when(record(undefined, 'ik_other')).then();
    given(integrationDecider, connected).when(record()).then();
    given(integrationDecider).when(record()).then();
  });
});
