import { formatUsd } from '@gatehouse/kernel';
import { type LimitWitness, remainingOf } from './refusal';

const TIGHTNESS_UNITS = ['nano_usd', 'tokens', 'requests'] as const;

/**
 * Where the limits stand after a grant, for the answer's head. Rate limits in OpenAI's spelling; budgets in ours. Of
 * several limits of one kind the one with the least left is told.
 */
export const limitHeaders = (limits: readonly LimitWitness[], now: Date): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const unit of TIGHTNESS_UNITS) {
    const budget = tightest(limits, 'budget', unit);
    if (budget && unit !== 'requests') Object.assign(headers, budgetHeaders(budget));
    const rate = tightest(limits, 'rate_limit', unit);
    if (rate && unit !== 'nano_usd') Object.assign(headers, rateHeaders(rate, unit, now));
  }
  return headers;
};

const tightest = (
  limits: readonly LimitWitness[],
  kind: LimitWitness['kind'],
  unit: LimitWitness['unit'],
): LimitWitness | undefined =>
  limits
    .filter((limit) => limit.kind === kind && limit.unit === unit)
    .reduce<LimitWitness | undefined>(
      (least, limit) => (least && remainingOf(least) <= remainingOf(limit) ? least : limit),
      undefined,
    );

const budgetHeaders = (limit: LimitWitness): Record<string, string> => {
  const remaining = remainingOf(limit);
  return limit.unit === 'nano_usd'
    ? { 'x-gatehouse-budget-remaining-usd': formatUsd(remaining) }
    : { 'x-gatehouse-budget-remaining-tokens': remaining.toString() };
};

const rateHeaders = (
  limit: LimitWitness,
  unit: 'tokens' | 'requests',
  now: Date,
): Record<string, string> => ({
  [`x-ratelimit-limit-${unit}`]: limit.limit.toString(),
  [`x-ratelimit-remaining-${unit}`]: remainingOf(limit).toString(),
  ...(limit.resetsAt && { [`x-ratelimit-reset-${unit}`]: `${secondsUntil(limit.resetsAt, now)}s` }),
});

/** Whole seconds, at least 1. */
export const secondsUntil = (at: Date, now: Date): number =>
  Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1_000));
