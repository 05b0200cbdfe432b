import { INT64_MAX, type NanoUsd, nanoUsd, type NanoUsdPerMillion } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import type { Model } from './model';

/** Unit rates, nano-USD per million tokens. */
export interface Rates {
  readonly input: NanoUsdPerMillion;
  readonly output: NanoUsdPerMillion;
  readonly cachedInput: NanoUsdPerMillion;
  readonly cacheWrite: NanoUsdPerMillion;
}

/** Rates that depend on how large the input is. */
export interface Tariff {
  readonly base: Rates;
  /** By rising start: the whole of a request with strictly more input tokens costs what its tier says. */
  readonly tiers: readonly { readonly inputTokensAbove: bigint; readonly rates: Rates }[];
}

const TOKENS_PER_PRICE = 1_000_000n;

/** What a model costs; undefined when its input or output price is unknown. A rate that a tier leaves out stays as it is. */
export const tariffOf = ({ prices }: Pick<Model, 'prices'>): Tariff | undefined => {
  const base = ratesOf(prices?.rates);
  if (!prices || !base) return undefined;
  const tiers = prices.tiers.flatMap(({ inputTokensAbove, rates }) => {
    const tier = ratesOf({ ...prices.rates, ...rates });
    return tier ? [{ inputTokensAbove, rates: tier }] : [];
  });
  return { base, tiers };
};

const ratesOf = ({ input, output, cachedInput, cacheWrite }: Prices['rates'] = {}): Rates | undefined =>
  input === undefined || output === undefined
    ? undefined
    : { input, output, cachedInput: cachedInput ?? input, cacheWrite: cacheWrite ?? input };

/** The rates of a request with so many input tokens, cached ones included. */
export const ratesFor = ({ base, tiers }: Tariff, inputTokens: number): Rates =>
  tiers.findLast(({ inputTokensAbove }) => BigInt(inputTokens) > inputTokensAbove)?.rates ?? base;

/** The dearest of each rate that a request with at most so many input tokens can come to. */
export const dearestRates = ({ base, tiers }: Tariff, inputTokensMax: number): Rates =>
  tiers
    .filter(({ inputTokensAbove }) => BigInt(inputTokensMax) > inputTokensAbove)
    .reduce<Rates>((dearest, { rates }) => dearer(dearest, rates), base);

const dearer = (one: Rates, other: Rates): Rates => ({
  input: larger(one.input, other.input),
  output: larger(one.output, other.output),
  cachedInput: larger(one.cachedInput, other.cachedInput),
  cacheWrite: larger(one.cacheWrite, other.cacheWrite),
});

const larger = (one: NanoUsdPerMillion, other: NanoUsdPerMillion): NanoUsdPerMillion =>
  one > other ? one : other;

/** The dearest that an input token can be: providers decide by themselves what they write to their cache. */
export const dearestInput = ({ input, cachedInput, cacheWrite }: Rates): NanoUsdPerMillion =>
  [input, cachedInput, cacheWrite].reduce((dearest, rate) => (rate > dearest ? rate : dearest));

/** Sum of tokens × price, rounded up once. What does not fit the wire is its largest amount. */
export const totalCost = (
  parts: readonly (readonly [tokens: number, price: NanoUsdPerMillion])[],
): NanoUsd => {
  let exact = 0n;
  for (const [tokens, price] of parts) exact += BigInt(tokens) * price;
  const rounded = (exact + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE;
  return nanoUsd(rounded > INT64_MAX ? INT64_MAX : rounded);
};

/** How many tokens of a price an amount still buys after what costs `exactSpent` (tokens × price, not divided). */
export const affordable = (amount: NanoUsd, exactSpent: bigint, price: NanoUsdPerMillion): number => {
  if (price === 0n) return Number.MAX_SAFE_INTEGER;
  const tokens = (amount * TOKENS_PER_PRICE - exactSpent) / price;
  if (tokens < 0n) return 0;
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens);
};
