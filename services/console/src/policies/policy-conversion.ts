import type { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import {
  fromRestRateLimit,
  fromRestUsageLimit,
  keepingDays,
  toRestRateLimit,
  toRestUsageLimit,
  unsayable,
} from '../limits/limit-conversion';
import { isExhausted } from '../limits/limit-states';
import { unshifted } from '../rest/decimals';
import { unsupported } from '../rest/requests-in';
import { type Policy, policyId } from './key-template';
import type {
  KeyUsage,
  RatePolicyAnswer,
  RatePolicyChange,
  RatePolicyCreation,
  UsagePolicyAnswer,
  UsagePolicyChange,
  UsagePolicyCreation,
} from './policy.schema';

/** Whose policies they are. */
export interface PolicyOwner {
  readonly workspaceId: string;
  readonly organizationId: string;
}

const commonOf = ({ workspaceId, organizationId }: PolicyOwner, limit: typeV1.Limit) => ({
  id: policyId(workspaceId, limit),
  name: limit.name ?? null,
  conditions: [{ key: 'workspace_id' as const, value: workspaceId }],
  group_by: [{ key: 'api_key' as const }],
  status: 'active' as const,
  workspace_id: workspaceId,
  organisation_id: organizationId,
  created_at: null,
  last_updated_at: null,
});

export const toRestUsagePolicy = (owner: PolicyOwner, limit: Policy<'budget'>): UsagePolicyAnswer => ({
  ...commonOf(owner, limit),
  ...toRestUsageLimit(limit.kind.value),
  next_usage_reset_at: null,
  last_reset_at: null,
  object: 'policy-usage-limits',
});

export const toRestRatePolicy = (owner: PolicyOwner, limit: Policy<'rateLimit'>): RatePolicyAnswer => ({
  ...commonOf(owner, limit),
  ...toRestRateLimit(limit.kind.value),
  target: 'llm',
  object: 'policy-rate-limits',
});

/** What a key has spent in the present period of a limit. */
export const toRestKeyUsage = (
  { kind }: Policy<'budget'>,
  state: meteringV1.LimitState | undefined,
): KeyUsage => {
  if (state === undefined) return { current_usage: null, status: null };
  const places = kind.value.amount?.$case === 'nanoUsd' ? NANO_USD : 0;
  return {
    current_usage: unshifted(state.spent, places),
    status: isExhausted(state) ? 'exhausted' : 'active',
  };
};

const NANO_USD = 9;

export const fromRestUsagePolicy = (said: UsagePolicyCreation): typeV1.Limit =>
  named(fromRestUsageLimit(said, ''), said.name);

export const fromRestRatePolicy = (said: RatePolicyCreation): typeV1.Limit => {
  const [limit] = fromRestRateLimit(said, '');
  if (limit === undefined) throw unsupported('value', 'must be 1 or more');
  return named(limit, said.name);
};

const named = (limit: typeV1.Limit, name: string | undefined): typeV1.Limit => ({
  ...limit,
  ...(name !== undefined && { name }),
});

/** What is not said stays, also where this API has no words for it. */
export const changedUsagePolicy = (limit: Policy<'budget'>, said: UsagePolicyChange): typeV1.Limit => {
  const budget = limit.kind.value;
  const standing = toRestUsageLimit(budget);
  const resets = said.periodic_reset !== undefined || said.periodic_reset_days !== undefined;
  const wanted = fromRestUsageLimit(
    {
      type: standing.type,
      credit_limit: said.credit_limit ?? standing.credit_limit,
      alert_threshold: said.alert_threshold,
      periodic_reset: said.periodic_reset,
      periodic_reset_days: said.periodic_reset_days,
    },
    '',
  );
  const given = wanted.kind?.$case === 'budget' ? wanted.kind.value : budget;
  const value = {
    ...budget,
    ...(said.credit_limit !== undefined && { amount: given.amount }),
    ...(resets && { reset: keepingDays(budget.reset, given.reset) }),
    ...(said.alert_threshold !== undefined && { alerts: given.alerts ?? unsayable(budget.alerts) }),
  };
  return named({ ...limit, kind: { $case: 'budget', value } }, said.name);
};

/** INVALID `UNSUPPORTED` for another window: what was used in one says nothing of another. */
export const changedRatePolicy = (limit: Policy<'rateLimit'>, said: RatePolicyChange): typeV1.Limit => {
  const rate = limit.kind.value;
  if (said.unit !== undefined && said.unit !== toRestRateLimit(rate).unit)
    throw unsupported('unit', 'cannot be changed: another window is another policy');
  const quota = said.value === undefined ? rate.quota : BigInt(said.value);
  return named({ ...limit, kind: { $case: 'rateLimit', value: { ...rate, quota } } }, said.name);
};
