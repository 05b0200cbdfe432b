import {
  integrationId,
  type LimitSpec,
  nanoUsd,
  organizationId,
  provisionId,
  replaceLimits,
  workspaceId,
} from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { provisionDecider } from './provision.decider';

const budget = (amount: bigint): LimitSpec => ({
  kind: 'budget',
  unit: 'nanoUsd',
  amount: nanoUsd(amount),
  reset: { period: 'never' },
  strict: true,
});
const ids = {
  provisionId: provisionId(`prv_${'4'.repeat(26)}`),
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  workspaceId: workspaceId(`ws_${'2'.repeat(26)}`),
  integrationId: integrationId(`int_${'3'.repeat(26)}`),
};
const { organizationId: owner } = ids;
const stranger = organizationId(`org_${'9'.repeat(26)}`);
const offered = ['small', 'large'];
const all = { all: true } as const;
const small = { all: false, names: ['small'] } as const;
const limits = replaceLimits([], [budget(5n)], { scopeId: ids.provisionId, seed: 'r1' });

const provision = {
  type: 'ProvisionIntegration',
  ...ids,
  limits: [budget(5n)],
  models: all,
  offered,
  seed: 'r1',
  expiresAt: undefined,
  at: new Date('2026-11-26T12:00:00Z'),
} as const;
const provisioned = { type: 'IntegrationProvisioned', ...ids, limits, models: all } as const;
const disabled = { type: 'ProvisionDisabled', provisionId: ids.provisionId } as const;
const enabled = { type: 'ProvisionEnabled', provisionId: ids.provisionId } as const;

describe('provisioning an integration', () => {
  it('records it with its limits minted', () => given(provisionDecider).when(provision).then(provisioned));
  it('happens once for a workspace and an integration', () =>
    given(provisionDecider, provisioned).when(provision).thenRefused('ALREADY_PROVISIONED'));
  it('is refused for models that the integration does not offer', () =>
    given(provisionDecider)
      .when({ ...provision, models: { all: false, names: ['small', 'huge'] } })
      .thenRefused('REQUEST_INVALID'));
  it('is refused for two limits that bound the same', () =>
    given(provisionDecider)
      .when({ ...provision, limits: [budget(1n), budget(2n)] })
      .thenRefused('REQUEST_INVALID'));
});

describe('changing the limits of a provision', () => {
  const change = {
    type: 'ChangeProvisionLimits',
    organizationId: owner,
    limits: [budget(2n)],
    seed: 'r2',
  } as const;

  it('keeps the id of a limit that is lowered', () =>
    given(provisionDecider, provisioned)
      .when(change)
      .then({
        type: 'ProvisionLimitsChanged',
        provisionId: ids.provisionId,
        limits: [{ ...limits[0]!, ...budget(2n) }],
      }));
  it('records nothing when nothing changes', () =>
    given(provisionDecider, provisioned)
      .when({ ...change, limits: [budget(5n)] })
      .then());
  it('is refused where there is no provision', () =>
    given(provisionDecider).when(change).thenRefused('PROVISION_UNKNOWN'));
});

describe('allowing models', () => {
  const allow = { type: 'AllowModels', organizationId: owner, models: small, offered } as const;
  const allowed = { type: 'ModelsAllowed', provisionId: ids.provisionId, models: small } as const;

  it('narrows and widens the access', () => {
    given(provisionDecider, provisioned).when(allow).then(allowed);
    given(provisionDecider, provisioned, allowed)
      .when({ ...allow, models: all })
      .then({ ...allowed, models: all });
  });
  it('records nothing when nothing changes', () => {
    given(provisionDecider, provisioned, allowed).when(allow).then();
    given(provisionDecider, provisioned)
      .when({ ...allow, models: all })
      .then();
  });
  it('is refused for models that the integration does not offer', () =>
    given(provisionDecider, provisioned)
      .when({ ...allow, models: { all: false, names: ['huge'] } })
      .thenRefused('REQUEST_INVALID'));
});

describe('enabling and disabling', () => {
  const enable = { type: 'EnableProvision', organizationId: owner } as const;
  const disable = { type: 'DisableProvision', organizationId: owner } as const;

  it('switches a provision off and on', () => {
    given(provisionDecider, provisioned).when(disable).then(disabled);
    given(provisionDecider, provisioned, disabled).when(enable).then(enabled);
  });
  it('records nothing the second time', () => {
    given(provisionDecider, provisioned, disabled).when(disable).then();
    given(provisionDecider, provisioned, disabled, enabled).when(enable).then();
  });
  it('does not tell another organization that the provision exists', () =>
    given(provisionDecider, provisioned)
      .when({ ...disable, organizationId: stranger })
      .thenRefused('PROVISION_UNKNOWN'));
});

describe('a provision that ends by itself', () => {
  const before = new Date('2026-11-26T11:59:59Z');
  const evening = new Date('2026-11-26T18:00:00Z');
  const { at } = provision;
  const change = { type: 'ChangeProvisionExpiry', organizationId: owner, expiresAt: evening, at } as const;
  const ends = {
    type: 'ProvisionExpiryChanged',
    provisionId: ids.provisionId,
    expiresAt: evening,
  } as const;
  const endless = { type: 'ProvisionExpiryChanged', provisionId: ids.provisionId } as const;

  it('is made so, or made so later, and need not stay so', () => {
    given(provisionDecider)
      .when({ ...provision, expiresAt: evening })
      .then({ ...provisioned, expiresAt: evening });
    given(provisionDecider, provisioned).when(change).then(ends);
    given(provisionDecider, { ...provisioned, expiresAt: evening })
      .when({ ...change, expiresAt: undefined })
      .then(endless);
  });
  it('records nothing when nothing changes', () => {
    given(provisionDecider, provisioned, ends).when(change).then();
    given(provisionDecider, provisioned, ends, endless)
      .when({ ...change, expiresAt: undefined })
      .then();
    // What was asked for stands, although its time has come meanwhile.
    given(provisionDecider, provisioned, ends)
      .when({ ...change, at: evening })
      .then();
  });
  it('does not end in the past', () => {
    given(provisionDecider)
      .when({ ...provision, expiresAt: at })
      .thenRefused('END_HAS_PASSED');
    given(provisionDecider, provisioned)
      .when({ ...change, expiresAt: before })
      .thenRefused('END_HAS_PASSED');
  });
  it('begins again after its end', () =>
    given(provisionDecider, { ...provisioned, expiresAt: before })
      .when(change)
      .then(ends));
});

describe('raising a limit', () => {
  const { at } = provision;
  const more = { more: 3n, until: new Date('2026-12-01T00:00:00Z') };
  const [limit] = limits as [(typeof limits)[number]];
  const raise = {
    type: 'RaiseProvisionLimit',
    organizationId: owner,
    limitId: limit.id,
    raise: more,
    at,
  } as const;
  const raised = {
    type: 'ProvisionLimitRaised',
    provisionId: ids.provisionId,
    limitId: limit.id,
    limits: [{ ...limit, raise: more }],
  } as const;

  it('is told with its end, and is taken back', () => {
    given(provisionDecider, provisioned).when(raise).then(raised);
    given(provisionDecider, provisioned, raised)
      .when({ ...raise, raise: undefined })
      .then({ ...raised, limits });
  });
  it('takes the place of an earlier raise', () =>
    given(provisionDecider, provisioned, raised)
      .when({ ...raise, raise: { ...more, more: 1n } })
      .then({ ...raised, limits: [{ ...limit, raise: { ...more, more: 1n } }] }));
  it('records nothing when nothing changes', () => {
    given(provisionDecider, provisioned, raised).when(raise).then();
    given(provisionDecider, provisioned)
      .when({ ...raise, raise: undefined })
      .then();
  });
  it('is refused for a limit that the provision does not have', () =>
    given(provisionDecider, provisioned, {
      type: 'ProvisionLimitsChanged',
      provisionId: ids.provisionId,
      limits: [],
    })
      .when(raise)
      .thenRefused('LIMIT_UNKNOWN'));
  it('is refused where its end has passed', () =>
    given(provisionDecider, provisioned)
      .when({ ...raise, raise: { ...more, until: at } })
      .thenRefused('END_HAS_PASSED'));
  it('stays when the limit is changed, and goes with it', () => {
    const changeTo = (wanted: readonly LimitSpec[]) =>
      ({ type: 'ChangeProvisionLimits', organizationId: owner, limits: wanted, seed: 'r2' }) as const;
    const changed = { type: 'ProvisionLimitsChanged', provisionId: ids.provisionId } as const;
    given(provisionDecider, provisioned, raised)
      .when(changeTo([budget(9n)]))
      .then({ ...changed, limits: [{ ...limit, ...budget(9n), raise: more }] });
    given(provisionDecider, provisioned, raised)
      .when(changeTo([]))
      .then({ ...changed, limits: [] });
  });
});
