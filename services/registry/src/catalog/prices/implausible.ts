import { type Prices, RATE_UNITS, ratesFor, type TieredRates } from '@gatehouse/offering';
import type { PriceBook } from './price-book';

/** How many reasons are told. */
const TOLD_MAX = 10;

/**
 * What speaks against prices that somebody else wrote down, in words; empty where nothing does: a rate that is more than
 * `factor` times what it was or less than its `factor`th, that became 0, and more than half of the prices gone. Rates are
 * compared for inputs of every size, and those of every service tier.
 */
export const implausibleIn = (before: PriceBook, after: PriceBook, factor: bigint): readonly string[] => {
  const known = pathsOf(before);
  const kept = pathsOf(after);
  const gone = [...known.keys()].filter((path) => !kept.has(path)).length;
  const jumps = [...kept].flatMap(([path, prices]) => jumpsOf(path, known.get(path), prices, factor));
  const reasons = 2 * gone > known.size ? [`${gone} of ${known.size} prices are gone`, ...jumps] : jumps;
  return reasons.length > TOLD_MAX
    ? [...reasons.slice(0, TOLD_MAX), `and ${reasons.length - TOLD_MAX} more`]
    : reasons;
};

const pathsOf = (book: PriceBook): ReadonlyMap<string, Prices> =>
  new Map(
    [...book].flatMap(([provider, models]) =>
      [...models].map(([name, prices]) => [`${provider}/${name}`, prices] as const),
    ),
  );

const jumpsOf = (path: string, before: Prices | undefined, after: Prices, factor: bigint): string[] => {
  if (!before) return [];
  const served = [...(after.serviceTiers ?? [])].flatMap(([name, tier]) => {
    const was = before.serviceTiers?.get(name);
    return was ? tieredJumps(`${path} (${name})`, was, tier, factor) : [];
  });
  return [...tieredJumps(path, before, after, factor), ...served];
};

/** At every size of an input from which on something else is charged, before or after. */
const tieredJumps = (path: string, before: TieredRates, after: TieredRates, factor: bigint): string[] => {
  const starts = [...before.tiers, ...after.tiers].map(({ inputTokensAbove }) => inputTokensAbove);
  const sizes = [0n, ...starts.map((start) => start + 1n)];
  const jumps = sizes.flatMap((size) =>
    RATE_UNITS.flatMap((unit) => {
      const [was, is] = [ratesFor(before, size)[unit], ratesFor(after, size)[unit]];
      if (was === undefined || is === undefined || was === 0n) return [];
      const plausible = is <= was * factor && is * factor >= was;
      return plausible ? [] : [`${path}: ${unit} from ${was} to ${is} nano-USD per million`];
    }),
  );
  return [...new Set(jumps)];
};
