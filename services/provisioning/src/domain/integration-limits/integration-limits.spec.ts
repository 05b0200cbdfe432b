import { integrationId, type LimitSpec, nanoUsd, organizationId, replaceLimits } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { integrationLimitsDecider } from './integration-limits.decider';

const budget = (amount: bigint): LimitSpec => ({
  kind: 'budget',
  unit: 'nanoUsd',
  amount: nanoUsd(amount),
  reset: { period: 'monthly' },
  strict: false,
});
const ids = {
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  integrationId: integrationId(`int_${'3'.repeat(26)}`),
};
const change = { type: 'ChangeIntegrationLimits', ...ids, limits: [budget(5n)], seed: 'r1' } as const;
const limits = replaceLimits([], change.limits, { scopeId: ids.integrationId, seed: 'r1' });
const changed = { type: 'IntegrationLimitsChanged', ...ids, limits } as const;

describe('limiting an integration', () => {
  it('mints the limits of one that had none', () =>
    given(integrationLimitsDecider).when(change).then(changed));
  it('keeps the id of a limit that is lowered', () =>
    given(integrationLimitsDecider, changed)
      .when({ ...change, limits: [budget(2n)], seed: 'r2' })
      .then({ ...changed, limits: [{ ...limits[0]!, ...budget(2n) }] }));
  it('records nothing when nothing changes', () =>
    given(integrationLimitsDecider, changed)
      .when({ ...change, seed: 'r2' })
      .then());
  it('takes all limits away', () =>
    given(integrationLimitsDecider, changed)
      .when({ ...change, limits: [] })
      .then({ ...changed, limits: [] }));
});
