import {
  INT64_MAX,
  type NanoUsd,
  nanoUsd,
  type NanoUsdPerMillion,
  nanoUsdPerMillion,
} from '@gatehouse/kernel';
import type { Prices, TieredRates } from '@gatehouse/offering';
import type { Model } from './model';
import type { Quantity, UsageKind, UsageOfKind } from './usage-kinds';

/** Unit rates, nano-USD per million tokens, or per million of whatever else is counted. */
export interface Rates extends Partial<Record<UsageKind, NanoUsdPerMillion>> {
  readonly input: NanoUsdPerMillion;
  readonly output: NanoUsdPerMillion;
  readonly cachedInput: NanoUsdPerMillion;
  readonly cacheWrite: NanoUsdPerMillion;
  readonly cacheWriteHour: NanoUsdPerMillion;
}

/** The most that an input token and an output token of a request can cost, and what it costs whatever it holds. */
export type DearestRates = Pick<Rates, 'input' | 'output' | 'request'>;

/** Rates that depend on how large the input is. */
export interface Tariff {
  readonly base: Rates;
  /** By rising start: the whole of a request with strictly more input tokens costs what its tier says. */
  readonly tiers: readonly { readonly inputTokensAbove: bigint; readonly rates: Rates }[];
  /** Of service tiers that cost something else. */
  readonly serviceTiers?: ReadonlyMap<string, Tariff>;
}

const TOKENS_PER_PRICE = 1_000_000n;

/** By the prices of which they are: every request with a model needs its tariff. */
const TARIFFS = new WeakMap<Prices, { readonly tariff: Tariff | undefined }>();

/** What a model costs; undefined when its input or output price is unknown. A rate that a tier leaves out stays as it is. */
export const tariffOf = ({ prices }: Pick<Model, 'prices'>): Tariff | undefined => {
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
    const tier = tieredTariff({ rates: { ...prices.rates, ...rates }, tiers });
    return tier ? [[name, tier] as const] : [];
  });
  return { ...tariff, serviceTiers: new Map(named) };
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

const ratesOf = (rates: Prices['rates']): Rates | undefined => {
  const { input, output, cachedInput, cacheWrite, cacheWriteHour } = rates;
  if (input === undefined || output === undefined) return undefined;
  return {
    ...rates,
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
export const rateOf = (rates: Rates, kind: UsageKind): NanoUsdPerMillion | undefined => {
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
export const pricedKinds = (kinds: readonly Quantity[], rates: Rates | undefined): readonly UsageOfKind[] => {
  if (!rates) return kinds.map(([kind, quantity]) => ({ kind, quantity }));
  const called: readonly Quantity[] =
    rates.request !== undefined && kinds.length > 0 ? [...kinds, ['request', 1]] : kinds;
  return called.map(([kind, quantity]) => {
    const rate = rateOf(rates, kind);
    return rate === undefined ? { kind, quantity } : { kind, quantity, rate };
  });
};

/** What all kinds with a rate cost together, rounded up once. */
export const costOfKinds = (kinds: readonly UsageOfKind[]): NanoUsd => {
  let exact = 0n;
  for (const { quantity, rate } of kinds) if (rate !== undefined) exact += BigInt(quantity) * rate;
  return roundedUp(exact);
};

/** The rates of a request with so many input tokens, cached ones included. */
export const ratesFor = ({ base, tiers }: Tariff, inputTokens: number): Rates =>
  tiers.findLast(({ inputTokensAbove }) => BigInt(inputTokens) > inputTokensAbove)?.rates ?? base;

/** What of a request decides how dear it may become. */
export interface Dearness {
  /** It asks for input to be kept for longer than minutes. */
  readonly keepsHour: boolean;
  /** There is more in it than text. */
  readonly opaque: boolean;
  /** It lets no dearer service tier serve it than the standard one. */
  readonly standardTier?: boolean;
}

const OUTPUT_KINDS = ['output', 'reasoning', 'audioOutput', 'imageOutput'] as const;
const INPUT_KINDS = ['input', 'cachedInput', 'cacheWrite'] as const;
const MEDIA_KINDS = ['audioInput', 'imageInput', 'cachedAudioInput', 'cachedImageInput'] as const;

/**
 * The dearest that a request with at most so many input tokens can come to: providers decide by themselves what they write
 * to their cache, but not for how long; and which service tier serves whom that leaves it to them.
 */
export const dearestRates = (tariff: Tariff, inputTokensMax: number, of: Dearness): DearestRates => {
  const others = of.standardTier ? [] : (tariff.serviceTiers?.values() ?? []);
  const all = [tariff, ...others].flatMap(({ base, tiers }) => [
    base,
    ...tiers
      .filter(({ inputTokensAbove }) => BigInt(inputTokensMax) > inputTokensAbove)
      .map(({ rates }) => rates),
  ]);
  const inputKinds = [
    ...INPUT_KINDS,
    ...(of.opaque ? MEDIA_KINDS : []),
    ...(of.keepsHour ? (['cacheWriteHour'] as const) : []),
  ];
  const request = dearestOf(all, ['request']);
  return {
    input: dearestOf(all, inputKinds) ?? NOTHING,
    output: dearestOf(all, OUTPUT_KINDS) ?? NOTHING,
    ...(request !== undefined && { request }),
  };
};

const dearestOf = (all: readonly Rates[], kinds: readonly UsageKind[]): NanoUsdPerMillion | undefined => {
  let dearest: NanoUsdPerMillion | undefined;
  for (const rates of all)
    for (const kind of kinds) {
      const rate = rateOf(rates, kind);
      if (rate !== undefined && (dearest === undefined || rate > dearest)) dearest = rate;
    }
  return dearest;
};

/** Sum of tokens × price, rounded up once. What does not fit the wire is its largest amount. */
export const totalCost = (
  parts: readonly (readonly [tokens: number, price: NanoUsdPerMillion])[],
): NanoUsd => {
  let exact = 0n;
  for (const [tokens, price] of parts) exact += BigInt(tokens) * price;
  return roundedUp(exact);
};

const roundedUp = (exact: bigint): NanoUsd => {
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
