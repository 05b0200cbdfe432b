import { nanoUsdPerMillion } from '@gatehouse/kernel';
import type { Prices, Rates, RateUnit } from '@gatehouse/offering';
import { nanoUsdPerMillionRoundedUp } from './exact-rate';
import { isMatch, pricesAt, type SourceAmount, type SourceModel, type SourceProvider } from './source-prices';

/** How the source calls what models are priced by: our unit, and for how many the source's dollars are. */
const UNITS = {
  input_mtok: ['input', 1_000_000n],
  output_mtok: ['output', 1_000_000n],
  cache_read_mtok: ['cachedInput', 1_000_000n],
  cache_write_mtok: ['cacheWrite', 1_000_000n],
  cache_write_1h_mtok: ['cacheWriteHour', 1_000_000n],
  output_reasoning_mtok: ['reasoning', 1_000_000n],
  input_audio_mtok: ['audioInput', 1_000_000n],
  cache_audio_read_mtok: ['cachedAudioInput', 1_000_000n],
  output_audio_mtok: ['audioOutput', 1_000_000n],
  input_image_mtok: ['imageInput', 1_000_000n],
  cache_image_read_mtok: ['cachedImageInput', 1_000_000n],
  output_image_mtok: ['imageOutput', 1_000_000n],
  audio_hours: ['second', 3_600n],
  input_audio_hours: ['second', 3_600n],
  web_searches_kcount: ['search', 1_000n],
  requests_kcount: ['request', 1_000n],
  input_document_kpages: ['page', 1_000n],
} as const satisfies Record<string, readonly [RateUnit, bigint]>;

/** What is priced otherwise than by tokens has tiers nowhere. */
type Priced = readonly [unit: RateUnit, perUnits: bigint, amount: SourceAmount];

/** Prices by provider and model. */
export type PriceBook = ReadonlyMap<string, ReadonlyMap<string, Prices>>;

/** A provider whose prices are wanted. */
export interface Wanted {
  /** The catalog's name of it, and the source's. */
  readonly name: string;
  readonly sourceId: string;
  /** The catalog's names of its models. */
  readonly models: readonly string[];
}

/**
 * What the models of the catalog cost at a moment, as the source has it: a function of its arguments. What it does not
 * price is left out.
 */
export const priceBookAt = (
  sources: readonly SourceProvider[],
  wanted: readonly Wanted[],
  at: Date,
): PriceBook =>
  new Map(
    wanted.flatMap(({ name, sourceId, models }) => {
      const source = sources.find(({ id }) => id === sourceId);
      const priced = source ? models.flatMap((model) => pricedModel(source, model, at)) : [];
      return priced.length === 0 ? [] : [[name, new Map(priced)] as const];
    }),
  );

/** An exact name goes before a pattern: patterns of families are wide. */
export const sourceModelOf = ({ models }: SourceProvider, name: string): SourceModel | undefined =>
  models.find(({ id }) => id === name) ?? models.find(({ match }) => isMatch(match, name));

const pricedModel = (source: SourceProvider, name: string, at: Date): (readonly [string, Prices])[] => {
  const model = sourceModelOf(source, name);
  const prices = model && pricesFrom(pricesAt(model, at));
  return prices && !lacksSearches(name, prices) ? [[name, prices]] : [];
};

/** Models that search for every answer without being asked to, which is billed by the call, beside their tokens. */
const SEARCHING = /(^|[/-])sonar(-|$)|-search-(preview|api)/;

/** Whether a price is but a part of what a call costs: what is told of it would be too little, and so would any bound. */
const lacksSearches = (name: string, { rates }: Prices): boolean =>
  SEARCHING.test(name) && rates.request === undefined;

/** Undefined where nothing of it is priced in a unit that we know. */
export const pricesFrom = (
  source: Readonly<Record<string, SourceAmount | null | undefined>>,
): Prices | undefined => {
  const priced = Object.entries(UNITS).flatMap(([key, [unit, perUnits]]): Priced[] => {
    const amount = source[key];
    return amount === undefined || amount === null ? [] : [[unit, perUnits, amount]];
  });
  if (priced.length === 0) return undefined;
  const starts = [...new Set(priced.flatMap(([, , amount]) => startsOf(amount)))].sort((a, b) => a - b);
  return {
    rates: ratesAbove(priced, -1),
    tiers: starts.map((start) => ({ inputTokensAbove: BigInt(start), rates: ratesAbove(priced, start) })),
  };
};

const startsOf = (amount: SourceAmount): readonly number[] =>
  typeof amount === 'number' ? [] : amount.tiers.map(({ start }) => start);

/** All rates of a request whose input is larger than a start; one without a tier there costs what it did below. */
const ratesAbove = (priced: readonly Priced[], start: number): Rates => {
  const rates: { [unit in RateUnit]?: Rates[unit] } = {};
  for (const [unit, perUnits, amount] of priced) {
    const rate = nanoUsdPerMillion(nanoUsdPerMillionRoundedUp(dollarsAbove(amount, start), perUnits));
    const before = rates[unit];
    // Of two prices in one unit the dearer one.
    rates[unit] = before !== undefined && before > rate ? before : rate;
  }
  return rates;
};

const dollarsAbove = (amount: SourceAmount, start: number): number => {
  if (typeof amount === 'number') return amount;
  const reached = amount.tiers.filter((tier) => tier.start <= start);
  return reached.reduce((last, tier) => (tier.start > last.start ? tier : last), {
    start: -1,
    price: amount.base,
  }).price;
};
