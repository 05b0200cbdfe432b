import { type NanoUsd, nanoUsd } from '@gatehouse/kernel';
import { type LimitCharge, maxOf, NOTHING } from '@gatehouse/leases';
import {
  arePriced,
  costOfKinds,
  type KindRates,
  pricedKinds,
  type Tariff,
  tariffRates,
  tariffServed,
  type UsageOfKind,
} from '@gatehouse/offering';
import type { Bound } from './bound';
import type { DearestRates } from './cost';
import type { BesideText } from './estimate';
import { NO_USAGE, type Usage } from './usage';
import { kindsOf } from './usage-kinds';

/** How an attempt ended, as far as the bill goes. */
export type Ending =
  /** The provider told what it counted. */
  | { readonly kind: 'counted'; readonly usage: Usage }
  /** Nothing was sent, or the provider refused before it generated: it bills nothing. */
  | { readonly kind: 'free' }
  /** Something between us and the model failed: what the provider bills is unknown, most likely nothing. */
  | { readonly kind: 'freeInDoubt' }
  /**
   * The provider generated and did not tell all of it: estimated by what was seen of its output, and what is known of its
   * model; `inputTokens` are those of the bound where they are absent. `floor` is what it told of the part until then.
   */
  | {
      readonly kind: 'estimated';
      readonly outputTokens: number;
      readonly inputTokens?: number;
      readonly floor?: Usage;
      /** By which the output is estimated instead where the tokens of its text are counted; absent where that tells nothing. */
      readonly beside?: BesideText | undefined;
    };

/** What an attempt is charged. */
export interface Charge {
  /** Absent when unknown. */
  readonly usage?: Usage;
  /** What the usage is made of, each kind at the rate that it is charged. */
  readonly kinds: readonly UsageOfKind[];
  /** The rates that it was charged by. */
  readonly rates?: Pick<KindRates, 'input' | 'output'>;
  /** The truth, or an estimate that errs high. Absent: unpriced. */
  readonly amount?: NanoUsd;
  /** What limits in USD are charged where the amount is unknown though the model has a price: the bound. */
  readonly amountHeld?: NanoUsd;
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
      return known(ending.usage, bound, tariff);
    case 'free':
      return known(NO_USAGE, bound, tariff);
    case 'freeInDoubt':
      return { ...inDoubt(known(NO_USAGE, bound, tariff), bound), estimated: true };
    case 'estimated':
      return { ...inDoubt(estimated(ending, bound, tariff), bound), estimated: true };
  }
};

type Estimated = Extract<Ending, { kind: 'estimated' }>;

/** What was told is charged as what it is; the rest at the rates that the bound was made with. */
const estimated = (ending: Estimated, bound: Bound, tariff: Tariff | undefined): Charge => {
  const { outputTokens, inputTokens = bound.inputTokens, floor } = ending;
  const output = Math.min(bound.outputTokens, outputTokens);
  const atLeast = Math.max(floor?.outputTokens ?? 0, output);
  // Whoever says that there was no input has not counted yet.
  if (floor && floor.inputTokens > 0) return known({ ...floor, outputTokens: atLeast }, bound, tariff);
  const usage = { ...NO_USAGE, inputTokens, outputTokens: atLeast };
  return chargeAt(usage, bound.rates && dearestOnly(bound.rates));
};

/** Whatever is in a bound costs what the dearest of its kind does. */
const dearestOnly = (rates: DearestRates): KindRates => ({
  ...rates,
  cachedInput: rates.input,
  cacheWrite: rates.input,
  cacheWriteHour: rates.input,
});

/** A request counts from its admission on. */
export const limitChargeOf = (charge: Charge): LimitCharge => {
  const { amount = 0n, amountHeld: kept = 0n } = charge;
  return {
    sum: { nanoUsd: amount + kept, tokens: charge.tokens, requests: 1n },
    doubt: { nanoUsd: kept === 0n ? charge.doubt : 0n, tokens: charge.tokensInDoubt, requests: 0n },
    kept: kept === 0n ? NOTHING : { ...NOTHING, nanoUsd: kept },
  };
};

/**
 * By what was served. Where nobody knows what some of that costs, limits are charged the bound, or what is known of it where that is more, all
 * of it in doubt.
 */
const known = (usage: Usage, bound: Bound, tariff: Tariff | undefined): Charge => {
  const served = tariff && tariffServed(tariff, usage.serviceTier);
  const charge = chargeAt(usage, served && tariffRates(served, usage.inputTokens));
  if (!tariff || charge.amount !== undefined || bound.nanoUsd === undefined) return charge;
  const held = nanoUsd(maxOf(bound.nanoUsd, costOfKinds(charge.kinds)));
  return { ...charge, amountHeld: held, doubt: held };
};

const chargeAt = (usage: Usage, rates: KindRates | undefined): Charge => {
  const kinds = pricedKinds(kindsOf(usage), rates);
  return {
    usage,
    kinds,
    doubt: 0n,
    tokens: BigInt(usage.inputTokens + usage.outputTokens),
    tokensInDoubt: 0n,
    estimated: false,
    rates,
    amount: rates && arePriced(kinds) ? costOfKinds(kinds) : undefined,
  };
};

const inDoubt = (charge: Charge, bound: Bound): Charge => {
  const doubt = (bound.nanoUsd ?? 0n) - (charge.amount ?? 0n);
  const tokens = BigInt(bound.inputTokens + bound.outputTokens) - charge.tokens;
  return { ...charge, doubt: doubt > 0n ? doubt : 0n, tokensInDoubt: tokens > 0n ? tokens : 0n };
};
