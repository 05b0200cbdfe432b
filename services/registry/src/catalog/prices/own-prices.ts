import type { Prices, Rates, RateUnit } from '@gatehouse/offering';
import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { z } from 'zod';
import { nanoUsdPerMillionRoundedUp } from './exact-rate';
import type { PriceBook } from './price-book';

/** As the operator writes them, in dollars: for a million tokens, or for one of what is not tokens. */
const UNITS = {
  input: ['input', 1_000_000n],
  output: ['output', 1_000_000n],
  cached_input: ['cachedInput', 1_000_000n],
  cache_write: ['cacheWrite', 1_000_000n],
  cache_write_hour: ['cacheWriteHour', 1_000_000n],
  reasoning: ['reasoning', 1_000_000n],
  audio_input: ['audioInput', 1_000_000n],
  audio_output: ['audioOutput', 1_000_000n],
  image: ['image', 1n],
  second: ['second', 1n],
  character: ['character', 1n],
  search: ['search', 1n],
  request: ['request', 1n],
  page: ['page', 1n],
} as const satisfies Record<string, readonly [RateUnit, bigint]>;

const rates = z.strictObject(
  Object.fromEntries(
    Object.keys(UNITS).map((name) => [name, z.number().nonnegative().finite().optional()]),
  ) as {
    [name in keyof typeof UNITS]: z.ZodOptional<z.ZodNumber>;
  },
);

const model = rates.extend({
  tiers: z.array(z.strictObject({ above: z.int().nonnegative(), rates })).optional(),
});

/** `{"prices": {"openai": {"gpt-x": {"input": 2.5, "output": 10, "tiers": [{"above": 200000, "rates": {…}}]}}}}` */
export const ownPrices = z.strictObject({
  prices: z.record(z.string().min(1).max(64), z.record(z.string().min(1).max(256), model)),
});

export type OwnPrices = z.infer<typeof ownPrices>;

export const priceBookOf = ({ prices }: OwnPrices): PriceBook =>
  new Map(
    Object.entries(prices).map(([provider, models]) => [
      provider,
      new Map(Object.entries(models).map(([name, { tiers = [], ...own }]) => [name, pricesOf(own, tiers)])),
    ]),
  );

type OwnRates = z.infer<typeof rates>;

const pricesOf = (own: OwnRates, tiers: readonly { above: number; rates: OwnRates }[]): Prices => ({
  rates: ratesOf(own),
  tiers: [...tiers]
    .sort((a, b) => a.above - b.above)
    .map((tier) => ({ inputTokensAbove: BigInt(tier.above), rates: ratesOf({ ...own, ...tier.rates }) })),
});

const ratesOf = (own: OwnRates): Rates =>
  Object.fromEntries(
    Object.entries(UNITS).flatMap(([name, [unit, perUnits]]) => {
      const dollars = own[name as keyof typeof UNITS];
      return dollars === undefined
        ? []
        : [[unit, nanoUsdPerMillion(nanoUsdPerMillionRoundedUp(dollars, perUnits))]];
    }),
  );
