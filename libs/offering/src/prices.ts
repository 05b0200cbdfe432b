import { type NanoUsdPerMillion, nanoUsdPerMillion } from '@gatehouse/kernel';

/** What is charged for. Tokens where nothing else is said. */
export const RATE_UNITS = [
  'input',
  'output',
  /** Input that the provider served from its cache, and input that it wrote there, for minutes and for an hour. */
  'cachedInput',
  'cacheWrite',
  'cacheWriteHour',
  /** Where it costs something else than the rest of the output. */
  'reasoning',
  'audioInput',
  'cachedAudioInput',
  'audioOutput',
  'imageInput',
  'cachedImageInput',
  'imageOutput',
  /** Not tokens: pieces, seconds, characters, pages. */
  'image',
  'second',
  'character',
  'search',
  'request',
  'page',
] as const;

export type RateUnit = (typeof RATE_UNITS)[number];

/**
 * Nano-USD per million of each unit: of tokens, images, seconds, … What is absent is unknown, which is not 0. Rates of a
 * kind of input that are absent are those of input, and those of output likewise (but what is kept for an hour: `tariffOf`).
 */
export type Rates = { readonly [unit in RateUnit]?: NanoUsdPerMillion };

/** Other rates for the whole of a request whose input is larger than its start. */
export interface PriceTier {
  /** The tier is for requests with strictly more input tokens than this. */
  readonly inputTokensAbove: bigint;
  readonly rates: Rates;
}

export interface TieredRates {
  readonly rates: Rates;
  /** By rising start, each start once. */
  readonly tiers: readonly PriceTier[];
}

export interface Prices extends TieredRates {
  /**
   * Of service tiers that cost something else, by the names that answers have for them. What such a tier leaves out costs
   * what it costs without; where it has no tiers, the model's are its own, in the proportion of its rates to the model's.
   */
  readonly serviceTiers?: ReadonlyMap<string, TieredRates>;
}

/** The rates of a request with so many input tokens, cached ones included. */
export const ratesFor = ({ rates, tiers }: TieredRates, inputTokens: bigint): Rates =>
  tiers.findLast(({ inputTokensAbove }) => inputTokens > inputTokensAbove)?.rates ?? rates;

/** Factors of prices are counted in ten-thousandths: 8000 takes a fifth off. */
export const PRICE_MULTIPLIER_ONE = 10_000n;

/** Every rate times the factor, rounded up. What is unknown stays so. */
export const multipliedPrices = ({ serviceTiers, ...prices }: Prices, multiplier: bigint): Prices => ({
  ...multipliedTiers(prices, multiplier),
  ...(serviceTiers && {
    serviceTiers: new Map([...serviceTiers].map(([name, tier]) => [name, multipliedTiers(tier, multiplier)])),
  }),
});

const multipliedTiers = ({ rates, tiers }: TieredRates, multiplier: bigint): TieredRates => ({
  rates: multipliedRates(rates, multiplier),
  tiers: tiers.map((tier) => ({ ...tier, rates: multipliedRates(tier.rates, multiplier) })),
});

const multipliedRates = (rates: Rates, multiplier: bigint): Rates =>
  Object.fromEntries(
    RATE_UNITS.flatMap((unit) => {
      const rate = rates[unit];
      return rate === undefined ? [] : [[unit, multiplied(rate, multiplier)]];
    }),
  );

const multiplied = (rate: NanoUsdPerMillion, multiplier: bigint): NanoUsdPerMillion =>
  nanoUsdPerMillion((rate * multiplier + PRICE_MULTIPLIER_ONE - 1n) / PRICE_MULTIPLIER_ONE);
