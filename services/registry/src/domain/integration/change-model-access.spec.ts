import { given } from '@gatehouse/kernel/testing';
import type { ModelDecision } from '@gatehouse/offering';
import { type ChangeModelAccess, DECIDED_NAMES_MAX } from './change-model-access';
import { integrationDecider } from './integration.decider';
import { connected, customModel, decided, deleted, id } from './testing/integration-history';

const change = (more: Partial<ChangeModelAccess>): ChangeModelAccess => ({
  type: 'ChangeModelAccess',
  integrationId: id,
  allow: [],
  revoke: [],
  ...more,
});

const givenDecided = (...history: readonly ModelDecision[]) =>
  given(integrationDecider, connected, ...history.map(decided));
const all = (selectedAt: bigint) => ({ type: 'ListedModelsSelected', selectedAt }) as const;
const cleared = { type: 'ModelSelectionCleared' } as const;
const allowed = (...names: string[]) => ({ type: 'IntegrationModelsAllowed', names }) as const;
const revoked = (...names: string[]) => ({ type: 'IntegrationModelsRevoked', names }) as const;
const on = { type: 'AutoEnableModelsTurnedOn' } as const;
const off = { type: 'AutoEnableModelsTurnedOff' } as const;
const defined = { type: 'CustomModelDefined', model: customModel('mine') } as const;

describe('changing model access', () => {
  test('allows and revokes by name', () =>
    givenDecided()
      .when(change({ allow: ['a', 'b'], revoke: ['c'] }))
      .then(decided(allowed('a', 'b')), decided(revoked('c'))));

  test('records only what is not so yet, each name once', () => {
    givenDecided(allowed('a'))
      .when(change({ allow: ['a', 'b', 'b'] }))
      .then(decided(allowed('b')));
    givenDecided(allowed('a'), revoked('c'))
      .when(change({ allow: ['a'], revoke: ['c'] }))
      .then();
    givenDecided(revoked('c'))
      .when(change({ allow: ['c'] }))
      .then(decided(allowed('c')));
  });

  test('selects all that the catalog lists, and anew where it lists more', () => {
    const selectAll = (selectedAt: bigint) => change({ selection: { kind: 'all', selectedAt } });
    givenDecided()
      .when(selectAll(3n))
      .then(decided(all(3n)));
    givenDecided(all(3n)).when(selectAll(3n)).then();
    givenDecided(all(3n))
      .when(selectAll(4n))
      .then(decided(all(4n)));
    givenDecided(all(3n), revoked('a'))
      .when(selectAll(3n))
      .then(decided(all(3n)));
  });

  test('selects none, and auto-enables none', () => {
    const selectNone = change({ selection: { kind: 'none' } });
    givenDecided(all(3n)).when(selectNone).then(decided(cleared));
    givenDecided(all(3n), on).when(selectNone).then(decided(cleared), decided(off));
    givenDecided(defined).when(selectNone).then(decided(cleared));
    givenDecided(defined, cleared).when(selectNone).then();
    givenDecided(all(3n), on)
      .when({ ...selectNone, autoEnable: true })
      .then(decided(cleared));
  });

  test('selects none but some, in one step', () =>
    givenDecided(all(3n))
      .when(change({ selection: { kind: 'none' }, allow: ['a'] }))
      .then(decided(cleared), decided(allowed('a'))));

  test('auto-enables, and not', () => {
    givenDecided()
      .when(change({ autoEnable: true }))
      .then(decided(on));
    givenDecided(on)
      .when(change({ autoEnable: true }))
      .then();
    givenDecided(on)
      .when(change({ autoEnable: false }))
      .then(decided(off));
  });

  test('is refused beyond so many names, and changes nothing', () => {
    const names = Array.from({ length: DECIDED_NAMES_MAX }, (_, index) => `m${index}`);
    givenDecided(allowed(...names))
      .when(change({ allow: ['another'] }))
      .thenRefused('MODEL_NAMES_EXHAUSTED');
    givenDecided(allowed(...names))
      .when(change({ revoke: ['m0'] }))
      .then(decided(revoked('m0')));
  });

  test('is refused for a deleted integration, and for none', () => {
    given(integrationDecider, connected, deleted)
      .when(change({ allow: ['a'] }))
      .thenRefused('INTEGRATION_DELETED');
    given(integrationDecider)
      .when(change({ allow: ['a'] }))
      .thenRefused('INTEGRATION_UNKNOWN');
  });
});
