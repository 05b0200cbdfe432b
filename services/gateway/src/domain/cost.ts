import { INT64_MAX, type NanoUsd, nanoUsd, type NanoUsdPerMillion } from '@gatehouse/kernel';
import type { Model } from './configuration';

/** Unit rates, nano-USD per million tokens. */
export interface Rates {
  readonly input: NanoUsdPerMillion;
  readonly output: NanoUsdPerMillion;
  readonly cachedInput: NanoUsdPerMillion;
  readonly cacheWrite: NanoUsdPerMillion;
}

const TOKENS_PER_PRICE = 1_000_000n;

/** The rates of a model; undefined when its input or output price is unknown. */
export const ratesOf = (model: Model): Rates | undefined => {
  const { inputPrice, outputPrice } = model;
  if (inputPrice === undefined || outputPrice === undefined) return undefined;
  return {
    input: inputPrice,
    output: outputPrice,
    cachedInput: model.cachedInputPrice ?? inputPrice,
    cacheWrite: model.cacheWritePrice ?? inputPrice,
  };
};

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
