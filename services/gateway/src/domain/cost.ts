import { type NanoUsd, type NanoUsdPerMillion, nanoUsdPerMillion } from '@gatehouse/kernel';
import { type KindRates, rateOf, type Tariff, TOKENS_PER_PRICE, type UsageKind } from '@gatehouse/offering';

/** The most that an input token and an output token of a request can cost, and what it costs whatever it holds. */
export type DearestRates = Pick<KindRates, 'input' | 'output' | 'request'>;

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
  const known = DEAREST.get(tariff) ?? new KnownDearest(tariff);
  DEAREST.set(tariff, known);
  return known.rates(inputTokensMax, of);
};

/** What was found of a tariff: requests whose input is in the same of its tiers, and that are alike, come to the same. */
class KnownDearest {
  /** Where its tiers begin, and those of its service tiers; in tokens. */
  private readonly starts: readonly bigint[];
  private readonly found: DearestRates[] = [];

  constructor(private readonly tariff: Tariff) {
    const all = [tariff, ...(tariff.serviceTiers?.values() ?? [])];
    this.starts = all.flatMap(({ tiers }) => tiers.map(({ inputTokensAbove }) => inputTokensAbove));
  }

  rates(inputTokensMax: number, of: Dearness): DearestRates {
    let above = 0;
    // Compared as they are: a number and a bigint have an order.
    for (const start of this.starts) if (inputTokensMax > start) above++;
    const place = above * 8 + (of.keepsHour ? 4 : 0) + (of.opaque ? 2 : 0) + (of.standardTier ? 1 : 0);
    return (this.found[place] ??= foundDearest(this.tariff, inputTokensMax, of));
  }
}

/** By what is always the same: every request needs those of its tariff. */
const DEAREST = new WeakMap<Tariff, KnownDearest>();

const foundDearest = (tariff: Tariff, inputTokensMax: number, of: Dearness): DearestRates => {
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
  return {
    input: dearestOf(all, inputKinds) ?? NOTHING,
    output: dearestOf(all, OUTPUT_KINDS) ?? NOTHING,
    request: dearestOf(all, ['request']),
  };
};

const dearestOf = (all: readonly KindRates[], kinds: readonly UsageKind[]): NanoUsdPerMillion | undefined => {
  let dearest: NanoUsdPerMillion | undefined;
  for (const rates of all)
    for (const kind of kinds) {
      const rate = rateOf(rates, kind);
      if (rate !== undefined && (dearest === undefined || rate > dearest)) dearest = rate;
    }
  return dearest;
};

/** How many tokens of a price an amount still buys after what costs `exactSpent` (tokens × price, not divided). */
export const affordable = (amount: NanoUsd, exactSpent: bigint, price: NanoUsdPerMillion): number => {
  if (price === 0n) return Number.MAX_SAFE_INTEGER;
  const tokens = (amount * TOKENS_PER_PRICE - exactSpent) / price;
  if (tokens < 0n) return 0;
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens);
};
