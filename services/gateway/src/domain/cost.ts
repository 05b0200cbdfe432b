import {
  INT64_MAX,
  type NanoUsd,
  nanoUsd,
  type NanoUsdPerMillion,
  nanoUsdPerMillion,
} from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import type { Model } from './model';

/** Unit rates, nano-USD per million tokens. */
export interface Rates {
  readonly input: NanoUsdPerMillion;
  readonly output: NanoUsdPerMillion;
  readonly cachedInput: NanoUsdPerMillion;
  readonly cacheWrite: NanoUsdPerMillion;
  readonly cacheWriteHour: NanoUsdPerMillion;
}

/** The most that an input token and an output token of a request can cost. */
export type DearestRates = Pick<Rates, 'input' | 'output'>;

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

const ratesOf = (rates: Prices['rates'] = {}): Rates | undefined => {
  const { input, output, cachedInput, cacheWrite, cacheWriteHour } = rates;
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    cachedInput: cachedInput ?? input,
    cacheWrite: cacheWrite ?? input,
    cacheWriteHour: cacheWriteHour ?? cacheWrite ?? input,
  };
};

const NOTHING = nanoUsdPerMillion(0n);

/** Of what is answered for nothing. */
export const FREE: Tariff = {
  base: {
    input: NOTHING,
    output: NOTHING,
    cachedInput: NOTHING,
    cacheWrite: NOTHING,
    cacheWriteHour: NOTHING,
  },
  tiers: [],
};

/** The rates of a request with so many input tokens, cached ones included. */
export const ratesFor = ({ base, tiers }: Tariff, inputTokens: number): Rates =>
  tiers.findLast(({ inputTokensAbove }) => BigInt(inputTokens) > inputTokensAbove)?.rates ?? base;

/**
 * The dearest that a request with at most so many input tokens can come to: providers decide by themselves what they write
 * to their cache, but not for how long.
 *
 * @param keepsHour whether it asks for input to be kept for longer than minutes.
 */
export const dearestRates = (
  { base, tiers }: Tariff,
  inputTokensMax: number,
  keepsHour: boolean,
): DearestRates => {
  const reached = tiers.filter(({ inputTokensAbove }) => BigInt(inputTokensMax) > inputTokensAbove);
  const all = [base, ...reached.map(({ rates }) => rates)];
  return {
    input: largest(
      all.flatMap(({ input, cachedInput, cacheWrite, cacheWriteHour }) => [
        ...[input, cachedInput, cacheWrite],
        ...(keepsHour ? [cacheWriteHour] : []),
      ]),
    ),
    output: largest(all.map(({ output }) => output)),
  };
};

const largest = (rates: readonly NanoUsdPerMillion[]): NanoUsdPerMillion =>
  rates.reduce((one, other) => (one > other ? one : other));

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
