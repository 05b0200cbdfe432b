import { formatUsd } from '@gatehouse/kernel';
import { type LimitState, remainingOf, UNITS } from '@gatehouse/leases';

/**
 * Where the limits stand after a grant, for the answer's head. Rate limits in OpenAI's spelling; budgets in ours. Of
 * several limits of one kind the one with the least left is told.
 */
export const limitHeaders = (limits: readonly LimitState[], now: Date): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const unit of UNITS) {
    const budget = tightest(limits, 'budget', unit);
    if (budget && unit !== 'requests') Object.assign(headers, budgetHeaders(budget));
    const rate = tightest(limits, 'rate', unit);
    if (rate && unit !== 'nanoUsd') Object.assign(headers, rateHeaders(rate, unit, now));
  }
  return headers;
};

const tightest = (
  limits: readonly LimitState[],
  kind: LimitState['kind'],
  unit: LimitState['unit'],
): LimitState | undefined =>
  limits
    .filter((limit) => limit.kind === kind && limit.unit === unit)
    .reduce<LimitState | undefined>(
      (least, limit) => (least && remainingOf(least) <= remainingOf(limit) ? least : limit),
      undefined,
    );

const budgetHeaders = (limit: LimitState): Record<string, string> => {
  const remaining = remainingOf(limit);
  return limit.unit === 'nanoUsd'
    ? { 'x-gatehouse-budget-remaining-usd': formatUsd(remaining) }
    : { 'x-gatehouse-budget-remaining-tokens': remaining.toString() };
};

const rateHeaders = (limit: LimitState, unit: 'tokens' | 'requests', now: Date): Record<string, string> => ({
  [`x-ratelimit-limit-${unit}`]: limit.limit.toString(),
  [`x-ratelimit-remaining-${unit}`]: remainingOf(limit).toString(),
  ...(limit.resetsAt && { [`x-ratelimit-reset-${unit}`]: `${secondsUntil(limit.resetsAt, now)}s` }),
});

/** Whole seconds, at least 1. */
export const secondsUntil = (at: Date, now: Date): number =>
  Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1_000));
