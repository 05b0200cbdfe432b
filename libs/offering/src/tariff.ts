import {
  INT64_MAX,
  type NanoUsd,
  nanoUsd,
  type NanoUsdPerMillion,
  nanoUsdPerMillion,
} from '@gatehouse/kernel';
import type { Prices, RateUnit, TieredRates } from './prices';

/** What is counted apart from the rest, by the unit that prices have for it. */
export type UsageKind = Exclude<RateUnit, 'second' | 'character' | 'page'>;

/** Of no two of an attempt's is one a part of the other. */
export interface UsageOfKind {
  readonly kind: UsageKind;
  /** At least 1. */
  readonly quantity: number;
  /** Nano-USD per million; absent: unpriced. */
  readonly rate?: NanoUsdPerMillion;
}

/** So many of a kind. */
export type Quantity = readonly [kind: UsageKind, quantity: number];

/** Unit rates, nano-USD per million tokens, or per million of whatever else is counted. */
export interface KindRates extends Partial<Record<UsageKind, NanoUsdPerMillion>> {
  readonly input: NanoUsdPerMillion;
  readonly output: NanoUsdPerMillion;
  readonly cachedInput: NanoUsdPerMillion;
  readonly cacheWrite: NanoUsdPerMillion;
  readonly cacheWriteHour: NanoUsdPerMillion;
}

/** Rates that depend on how large the input is. */
export interface Tariff {
  readonly base: KindRates;
  /** By rising start: the whole of a request with strictly more input tokens costs what its tier says. */
  readonly tiers: readonly { readonly inputTokensAbove: bigint; readonly rates: KindRates }[];
  /** Of service tiers that cost something else. */
  readonly serviceTiers?: ReadonlyMap<string, Tariff>;
}

/** Prices are per million. */
export const TOKENS_PER_PRICE = 1_000_000n;

/** By the prices of which they are: every request with a model needs its tariff. */
const TARIFFS = new WeakMap<Prices, { readonly tariff: Tariff | undefined }>();

/** What a model costs; undefined when its input or output price is unknown. A rate that a tier leaves out stays as it is. */
export const tariffOf = ({ prices }: { readonly prices?: Prices }): Tariff | undefined => {
  if (!prices) return undefined;
  const known = TARIFFS.get(prices);
  if (known) return known.tariff;
  const tariff = newTariff(prices);
  TARIFFS.set(prices, { tariff });
  return tariff;
};

const newTariff = (prices: Prices): Tariff | undefined => {
  const tariff = tieredTariff(prices);
  if (!tariff || !prices.serviceTiers) return tariff;
  const named = [...prices.serviceTiers].flatMap(([name, { rates, tiers }]) => {
    const served = tieredTariff({ rates: { ...prices.rates, ...rates }, tiers });
    if (!served) return [];
    return [[name, served.tiers.length > 0 ? served : sizedAs(tariff, served.base)] as const];
  });
  return { ...tariff, serviceTiers: new Map(named) };
};

/** A service tier without sizes of its own has those of its model. */
const sizedAs = (model: Tariff, base: KindRates): Tariff => ({
  base,
  tiers: model.tiers.map(({ inputTokensAbove, rates }) => ({
    inputTokensAbove,
    rates: inProportion(base, model.base, rates),
  })),
});

/** What a service tier costs where `usual` becomes `larger`: so many times as much, rounded up; the more of both where that cannot be told. */
const inProportion = (served: KindRates, usual: KindRates, larger: KindRates): KindRates => {
  const rates: Partial<Record<UsageKind, NanoUsdPerMillion>> = {};
  for (const kind of Object.keys({ ...served, ...larger }) as UsageKind[]) {
    const [own, before, now] = [rateOf(served, kind), rateOf(usual, kind), rateOf(larger, kind)];
    if (own === undefined || now === undefined) continue;
    rates[kind] = before ? capped((own * now + before - 1n) / before) : own > now ? own : now;
  }
  return { ...served, ...larger, ...rates };
};

const tieredTariff = (prices: TieredRates): Tariff | undefined => {
  const base = ratesOf(prices.rates);
  if (!base) return undefined;
  const tiers = prices.tiers.flatMap(({ inputTokensAbove, rates }) => {
    const tier = ratesOf({ ...prices.rates, ...rates });
    return tier ? [{ inputTokensAbove, rates: tier }] : [];
  });
  return { base, tiers };
};

const ratesOf = (rates: Prices['rates']): KindRates | undefined => {
  const { input, output, cachedInput, cacheWrite, cacheWriteHour } = rates;
  if (input === undefined || output === undefined) return undefined;
  return {
    ...rates,
    input,
    output,
    cachedInput: cachedInput ?? input,
    cacheWrite: cacheWrite ?? input,
    cacheWriteHour: cacheWriteHour ?? hourOf(input, cacheWrite),
  };
};

/**
 * What is written for an hour, where only what is written for minutes has a price: twice the input, as vendors charge it who have a
 * price for both, and no less than for minutes.
 */
const hourOf = (input: NanoUsdPerMillion, minutes = input): NanoUsdPerMillion => {
  const twice = 2n * input;
  if (minutes === input || twice <= minutes) return minutes;
  return capped(twice);
};

/** The wire has no larger price. */
const capped = (rate: bigint): NanoUsdPerMillion => nanoUsdPerMillion(rate > INT64_MAX ? INT64_MAX : rate);

/** Tiers that a model's own price is of, or that cost less than it, as providers call them. */
const NO_DEARER_TIERS: ReadonlySet<string> = new Set([
  ...['default', 'standard', 'on_demand', 'auto', 'flex', 'batch'],
]);

/** What was served is charged by; undefined where the price of its service tier is not known. */
export const tariffServed = (tariff: Tariff, serviceTier: string | undefined): Tariff | undefined => {
  if (serviceTier === undefined) return tariff;
  const own = tariff.serviceTiers?.get(serviceTier);
  return own ?? (NO_DEARER_TIERS.has(serviceTier) ? tariff : undefined);
};

/** What one of a kind costs: as the rest of the input, or of the output, where it has no rate of its own. */
export const rateOf = (rates: KindRates, kind: UsageKind): NanoUsdPerMillion | undefined => {
  switch (kind) {
    case 'audioInput':
    case 'imageInput':
      return rates[kind] ?? rates.input;
    case 'cachedAudioInput':
    case 'cachedImageInput':
      return rates[kind] ?? rates.cachedInput;
    case 'reasoning':
    case 'audioOutput':
    case 'imageOutput':
      return rates[kind] ?? rates.output;
    case 'input':
    case 'output':
    case 'cachedInput':
    case 'cacheWrite':
    case 'cacheWriteHour':
    case 'image':
    case 'search':
    case 'request':
      return rates[kind];
  }
};

/** Each kind with its rate; a call that used something costs by itself what calls cost. */
export const pricedKinds = (
  kinds: readonly Quantity[],
  rates: KindRates | undefined,
): readonly UsageOfKind[] => {
  if (!rates) return kinds.map(([kind, quantity]) => ({ kind, quantity }));
  const called: readonly Quantity[] =
    rates.request !== undefined && kinds.length > 0 ? [...kinds, ['request', 1]] : kinds;
  return called.map(([kind, quantity]) => {
    const rate = rateOf(rates, kind);
    return rate === undefined ? { kind, quantity } : { kind, quantity, rate };
  });
};

/** Whether it is known what they cost together. */
export const arePriced = (kinds: readonly UsageOfKind[]): boolean =>
  kinds.every(({ rate }) => rate !== undefined);

/** What all kinds with a rate cost together, rounded up once. */
export const costOfKinds = (kinds: readonly UsageOfKind[]): NanoUsd => {
  let exact = 0n;
  for (const { quantity, rate } of kinds) if (rate !== undefined) exact += BigInt(quantity) * rate;
  return costRoundedUp(exact);
};

/** The rates of a request with so many input tokens, cached ones included. */
export const tariffRates = ({ base, tiers }: Tariff, inputTokens: number): KindRates =>
  tiers.findLast(({ inputTokensAbove }) => BigInt(inputTokens) > inputTokensAbove)?.rates ?? base;

/** What exactly comes to so many tokens × price, rounded up. What does not fit the wire is its largest amount. */
export const costRoundedUp = (exact: bigint): NanoUsd => {
  const rounded = (exact + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE;
  return nanoUsd(rounded > INT64_MAX ? INT64_MAX : rounded);
};
