import {
  deriveId,
  integrationId,
  type LimitSpec,
  organizationId,
  provisionId,
  replaceLimits,
  workspaceId,
} from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { provisionDecider } from './provision.decider';

const hourly = (amount: bigint): LimitSpec => ({ kind: 'rate', unit: 'requests', amount, window: 'hour' });
const about = {
  provisionId: provisionId(deriveId('prv', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
  workspaceId: workspaceId(deriveId('ws', 'a')),
  integrationId: integrationId(deriveId('int', 'a')),
};
const { provisionId: id } = about;
const all = { all: true } as const;
const small = { all: false, names: ['small'] } as const;
const mint = { scopeId: id, seed: 'first' };
const limits = replaceLimits([], [hourly(5n)], mint);
const apply = {
  type: 'ApplyProvision',
  ...about,
  limits: [hourly(5n)],
  models: all,
  existing: 'override',
  seed: 'first',
} as const;
const provisioned = { type: 'IntegrationProvisioned', ...about, limits, models: all } as const;
const disabled = { type: 'ProvisionDisabled', provisionId: id } as const;

describe('applying a provision', () => {
  it('makes it where there is none', () => {
    given(provisionDecider).when(apply).then(provisioned);
    given(provisionDecider)
      .when({ ...apply, existing: 'keep' })
      .then(provisioned);
  });
  it('leaves one alone that is to be kept', () =>
    given(provisionDecider, provisioned)
      .when({ ...apply, existing: 'keep', limits: [], models: small })
      .then());
  it('overrides limits, keeping their ids, and models', () =>
    given(provisionDecider, provisioned)
      .when({ ...apply, limits: [hourly(6n)], models: small, seed: 'second' })
      .then(
        {
          type: 'ProvisionLimitsChanged',
          provisionId: id,
          limits: replaceLimits(limits, [hourly(6n)], { scopeId: id, seed: 'second' }),
        },
        { type: 'ModelsAllowed', provisionId: id, models: small },
      ));
  it('gives it the end, and leaves the one that it has where none is given', () => {
    const [first, second] = [new Date('2026-04-01T00:00:00Z'), new Date('2026-05-01T00:00:00Z')];
    const ending = { ...provisioned, expiresAt: first };
    given(provisionDecider)
      .when({ ...apply, expiresAt: first })
      .then(ending);
    given(provisionDecider, ending)
      .when({ ...apply, expiresAt: second })
      .then({ type: 'ProvisionExpiryChanged', provisionId: id, expiresAt: second });
    for (const expiresAt of [first, undefined])
      given(provisionDecider, ending)
        .when({ ...apply, expiresAt })
        .then();
  });
  it('records nothing where it is so already', () => given(provisionDecider, provisioned).when(apply).then());
  it('does not enable what is disabled', () =>
    given(provisionDecider, provisioned, disabled)
      .when({ ...apply, limits: [] })
      .then({ type: 'ProvisionLimitsChanged', provisionId: id, limits: [] }));
  it('knows none of another organization', () =>
    given(provisionDecider, provisioned)
      .when({ ...apply, organizationId: organizationId(deriveId('org', 'b')) })
      .thenRefused('PROVISION_UNKNOWN'));
});
