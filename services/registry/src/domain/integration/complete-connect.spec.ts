import { deriveId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { abandoned, connected, deleted, id } from './testing/integration-history';

const workspace = workspaceId(deriveId('ws', 'a'));
const wanted = { workspaceId: workspace, limits: [], models: { all: true }, disabled: false } as const;
const connecting = { ...connected, workspaces: [wanted] };
const complete = { type: 'CompleteConnect', integrationId: id } as const;
const reason = 'WORKSPACE_UNKNOWN';
const refuse = {
  type: 'RefuseConnect',
  integrationId: id,
  workspaceId: workspace,
  reason,
  keyIds: ['ik_a'],
} as const;
const ready = { type: 'IntegrationReady', integrationId: id } as const;
const refused = {
  type: 'IntegrationConnectRefused',
  integrationId: id,
  workspaceId: workspace,
  reason,
  keyIds: ['ik_a'],
} as const;

describe('an integration that is connected with workspaces', () => {
  test('is connecting until all of them have it', () => {
    const state = integrationDecider.evolve(integrationDecider.initial, connecting);
    expect(state).toMatchObject({ status: 'connected', connecting: true });
    given(integrationDecider, connecting).when(complete).then(ready);
    expect(integrationDecider.evolve(state, ready)).toMatchObject({ connecting: false });
  });

  test('ends where one of them cannot have it, and says so', () => {
    given(integrationDecider, connecting).when(refuse).then(refused);
    const state = [connecting, refused].reduce(integrationDecider.evolve, integrationDecider.initial);
    expect(state).toMatchObject({ status: 'deleted', refusal: { workspaceId: workspace, reason } });
  });

  test('has one outcome', () => {
    given(integrationDecider, connecting, ready).when(refuse).then();
    given(integrationDecider, connecting, ready).when(complete).then();
    given(integrationDecider, connecting, refused).when(complete).then();
    given(integrationDecider, connecting, deleted).when(complete).then();
    given(integrationDecider, connecting, deleted).when(refuse).then();
  });

  test('without any it is connected at once', () =>
    given(integrationDecider, connected).when(complete).then());

  test('is one that is there', () => {
    given(integrationDecider).when(complete).thenRefused('INTEGRATION_UNKNOWN');
    given(integrationDecider, abandoned).when(refuse).thenRefused('INTEGRATION_UNKNOWN');
  });
});
