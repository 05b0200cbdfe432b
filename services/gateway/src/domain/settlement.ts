import type { NanoUsd } from '@gatehouse/kernel';
import { type Amounts, type Bound, boundCost } from './bound';
import { type Rates, ratesFor, type Tariff, totalCost } from './cost';
import { NO_USAGE, type Usage } from './usage';

/** How an attempt ended, as far as the bill goes. */
export type Ending =
  /** The provider told what it counted. */
  | { readonly kind: 'counted'; readonly usage: Usage }
  /** Nothing was sent, or the provider refused before it generated: it bills nothing. */
  | { readonly kind: 'free' }
  /** Something between us and the model failed: what the provider bills is unknown, most likely nothing. */
  | { readonly kind: 'freeInDoubt' }
  /**
   * The provider generated and did not tell all of it: estimated by what was seen of its output. `floor` is what it told of
   * the part until then.
   */
  | { readonly kind: 'estimated'; readonly outputTokens: number; readonly floor?: Usage };

/** What an attempt is charged. */
export interface Charge {
  /** Absent when unknown. */
  readonly usage?: Usage;
  /** The truth, or an estimate that errs high. Absent: unpriced. */
  readonly amount?: NanoUsd;
  /** Bound less amount while the truth is unknown; 0 otherwise. */
  readonly doubt: bigint;
  readonly tokens: bigint;
  readonly tokensInDoubt: bigint;
  readonly estimated: boolean;
}

/** Charges the truth where it is known, even above the bound: facts are never cut to fit. */
export const chargeFor = (ending: Ending, bound: Bound, tariff: Tariff | undefined): Charge => {
  switch (ending.kind) {
    case 'counted':
      return known(ending.usage, tariff);
    case 'free':
      return known(NO_USAGE, tariff);
    case 'freeInDoubt':
      return { ...inDoubt(known(NO_USAGE, tariff), bound), estimated: true };
    case 'estimated':
      return { ...inDoubt(estimated(ending, bound, tariff), bound), estimated: true };
  }
};

type Estimated = Extract<Ending, { kind: 'estimated' }>;

/** What was told is charged as what it is; the rest as the bound was made, input and all. */
const estimated = ({ outputTokens, floor }: Estimated, bound: Bound, tariff: Tariff | undefined): Charge => {
  const output = Math.min(bound.outputTokens, outputTokens);
  if (floor) return known({ ...floor, outputTokens: Math.max(floor.outputTokens, output) }, tariff);
  const usage = { ...NO_USAGE, inputTokens: bound.inputTokens, outputTokens: output };
  const amount = bound.rates && boundCost(usage.inputTokens, usage.outputTokens, bound.rates);
  return { ...known(usage, tariff), ...(amount !== undefined && { amount }) };
};

/** An attempt of which nothing is known but that it may have run: its full bound. */
export const chargeAtBound = (bound: Bound): Charge => ({
  ...(bound.nanoUsd !== undefined && { amount: bound.nanoUsd }),
  doubt: 0n,
  tokens: BigInt(bound.inputTokens + bound.outputTokens),
  tokensInDoubt: 0n,
  estimated: true,
});

/**
 * What closes a lease that held one attempt. A request counts from its admission on. Doubt stays charged where a
 * strict budget is under the lease, and is freed otherwise.
 */
export const leaseSum = (charge: Charge, strict: boolean): { sum: Amounts; doubt: Amounts } => {
  const doubt = strict ? charge.doubt : 0n;
  const tokensInDoubt = strict ? charge.tokensInDoubt : 0n;
  return {
    sum: {
      nanoUsd: (charge.amount ?? 0n) + doubt,
      tokens: charge.tokens + tokensInDoubt,
      requests: 1n,
      unpriced: false,
    },
    doubt: { nanoUsd: doubt, tokens: tokensInDoubt, requests: 0n, unpriced: false },
  };
};

const known = (usage: Usage, tariff: Tariff | undefined): Charge => ({
  usage,
  ...(tariff && { amount: costOf(usage, ratesFor(tariff, usage.inputTokens)) }),
  doubt: 0n,
  tokens: BigInt(usage.inputTokens + usage.outputTokens),
  tokensInDoubt: 0n,
  estimated: false,
});

const inDoubt = (charge: Charge, bound: Bound): Charge => {
  const doubt = (bound.nanoUsd ?? 0n) - (charge.amount ?? 0n);
  const tokens = BigInt(bound.inputTokens + bound.outputTokens) - charge.tokens;
  return { ...charge, doubt: doubt > 0n ? doubt : 0n, tokensInDoubt: tokens > 0n ? tokens : 0n };
};

const costOf = (usage: Usage, rates: Rates): NanoUsd => {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, cacheWriteHourTokens } = usage;
  return totalCost([
    [inputTokens - cachedInputTokens - cacheWriteTokens, rates.input],
    [cachedInputTokens, rates.cachedInput],
    [cacheWriteTokens - cacheWriteHourTokens, rates.cacheWrite],
    [cacheWriteHourTokens, rates.cacheWriteHour],
    [outputTokens, rates.output],
  ]);
};
