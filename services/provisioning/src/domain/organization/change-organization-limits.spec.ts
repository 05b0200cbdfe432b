import { type LimitSpec, organizationId, replaceLimits } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { organizationDecider } from './organization.decider';

const perDay = (amount: bigint): LimitSpec => ({ kind: 'rate', unit: 'requests', amount, window: 'day' });
const acme = organizationId(`org_${'1'.repeat(26)}`);
const created = { type: 'OrganizationCreated', organizationId: acme, name: 'Acme' } as const;
const change = { type: 'ChangeOrganizationLimits', limits: [perDay(9n)], seed: 'r1' } as const;
const limits = replaceLimits([], change.limits, { scopeId: acme, seed: 'r1' });
const changed = { type: 'OrganizationLimitsChanged', organizationId: acme, limits } as const;

describe('limiting an organization', () => {
  it('mints the limits', () => given(organizationDecider, created).when(change).then(changed));
  it('keeps the id of a limit that is raised', () =>
    given(organizationDecider, created, changed)
      .when({ ...change, limits: [perDay(10n)], seed: 'r2' })
      .then({ ...changed, limits: [{ ...limits[0]!, ...perDay(10n) }] }));
  it('records nothing when nothing changes', () =>
    given(organizationDecider, created, changed).when(change).then());
  it('is refused where there is none', () =>
    given(organizationDecider).when(change).thenRefused('ORGANIZATION_UNKNOWN'));
});
