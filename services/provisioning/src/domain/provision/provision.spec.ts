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
import { provisionDecider } from './provision';

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
