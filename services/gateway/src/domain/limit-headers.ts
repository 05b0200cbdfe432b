import { formatUsd } from '@gatehouse/kernel';
import { type LimitState, remainingOf } from '@gatehouse/leases';

/**
 * Puts where the limits stand after a grant into an answer's head. Rate limits in OpenAI's spelling; budgets in ours. Of
 * several limits of one kind the one with the least left is told.
 */
export const tellLimits = (
  headers: Record<string, string>,
  limits: readonly LimitState[],
  now: Date,
): void => {
  for (const unit of BUDGET_UNITS) {
    const budget = tightest(limits, 'budget', unit);
    if (budget) tellBudget(headers, budget);
  }
  for (const unit of RATE_UNITS) {
    const rate = tightest(limits, 'rate', unit);
    if (rate) tellRate(headers, RATE_HEADERS[unit], rate, now);
  }
};

/** What is told of either kind. */
const BUDGET_UNITS = ['nanoUsd', 'tokens'] as const;
const RATE_UNITS = ['tokens', 'requests'] as const;

interface Tightest {
  readonly limit: LimitState;
  readonly remaining: bigint;
}

const tightest = (
  limits: readonly LimitState[],
  kind: LimitState['kind'],
  unit: LimitState['unit'],
): Tightest | undefined => {
  let least: Tightest | undefined;
  for (const limit of limits) {
    if (limit.kind !== kind || limit.unit !== unit) continue;
    const remaining = remainingOf(limit);
    if (!least || remaining < least.remaining) least = { limit, remaining };
  }
  return least;
};

const tellBudget = (headers: Record<string, string>, { limit, remaining }: Tightest): void => {
  if (limit.unit === 'nanoUsd') headers['x-gatehouse-budget-remaining-usd'] = formatUsd(remaining);
  else headers['x-gatehouse-budget-remaining-tokens'] = remaining.toString();
};

const rateHeadersOf = (unit: 'tokens' | 'requests') => ({
  limit: `x-ratelimit-limit-${unit}`,
  remaining: `x-ratelimit-remaining-${unit}`,
  reset: `x-ratelimit-reset-${unit}`,
});
/** Named once: a name that is made for a call makes its object slow. */
const RATE_HEADERS = { tokens: rateHeadersOf('tokens'), requests: rateHeadersOf('requests') };

const tellRate = (
  headers: Record<string, string>,
  names: ReturnType<typeof rateHeadersOf>,
  { limit, remaining }: Tightest,
  now: Date,
): void => {
  headers[names.limit] = limit.limit.toString();
  headers[names.remaining] = remaining.toString();
  if (limit.resetsAt) headers[names.reset] = `${secondsUntil(limit.resetsAt, now)}s`;
};

/** Whole seconds, at least 1. */
export const secondsUntil = (at: Date, now: Date): number =>
  Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1_000));
