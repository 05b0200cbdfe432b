import { z } from 'zod';

/**
 * Prices as @pydantic/genai-prices has them, in its package and in the `data.json` that it publishes. What is not read
 * here may be there.
 */

/** Which names a model goes by. */
export type Match =
  | { readonly or: readonly Match[] }
  | { readonly and: readonly Match[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

const match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.object({ or: z.array(match) }),
    z.object({ and: z.array(match) }),
    z.object({ equals: z.string() }),
    z.object({ starts_with: z.string() }),
    z.object({ ends_with: z.string() }),
    z.object({ contains: z.string() }),
    z.object({ regex: z.string().max(200) }),
  ]),
);

const dollars = z.number().nonnegative().finite();

/** Dollars, or dollars by how large the prompt is. */
const amount = z.union([
  dollars,
  z.object({ base: dollars, tiers: z.array(z.object({ start: z.int().nonnegative(), price: dollars })) }),
]);

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|\+00:00)$/;

const constraint = z.union([
  z.object({ start_date: z.iso.date() }),
  /** Every day, UTC; past midnight where it ends before it begins. */
  z.object({ start_time: z.string().regex(CLOCK), end_time: z.string().regex(CLOCK) }),
]);

const prices = z.record(z.string(), amount.nullish());

const model = z.object({
  id: z.string().min(1).max(256),
  match,
  context_window: z.int().positive().nullish(),
  deprecated: z.boolean().nullish(),
  /** One for ever, or several of which the last that applies is in force; the first applies always. */
  prices: z.union([z.array(z.object({ constraint: constraint.nullish(), prices })).min(1), prices]),
});

const provider = z.object({ id: z.string().min(1), models: z.array(model) });

export const sourcePrices = z.union([
  z.array(provider),
  z.object({ providers: z.array(provider) }).transform(({ providers }) => providers),
]);

export type SourceProvider = z.infer<typeof provider>;
export type SourceModel = z.infer<typeof model>;
export type SourceAmount = z.infer<typeof amount>;
type Constraint = z.infer<typeof constraint>;

const DAY_MS = 86_400_000;

/** Whether a model of this name is meant, whatever its case. */
export const isMatch = (match: Match, name: string): boolean => {
  const lower = name.toLowerCase();
  if ('or' in match) return match.or.some((one) => isMatch(one, name));
  if ('and' in match) return match.and.every((one) => isMatch(one, name));
  if ('equals' in match) return lower === match.equals.toLowerCase();
  if ('starts_with' in match) return lower.startsWith(match.starts_with.toLowerCase());
  if ('ends_with' in match) return lower.endsWith(match.ends_with.toLowerCase());
  if ('contains' in match) return lower.includes(match.contains.toLowerCase());
  return new RegExp(match.regex).test(name);
};

/** The prices in force at a moment. */
export const pricesAt = (
  { prices }: SourceModel,
  at: Date,
): Readonly<Record<string, SourceAmount | null | undefined>> => {
  if (!isConditional(prices)) return prices;
  const inForce = prices.findLast(({ constraint }) => !constraint || holds(constraint, at)) ?? prices[0];
  return inForce?.prices ?? {};
};

/** The next moment at which prices may change; undefined where none is foreseen. */
export const nextBoundary = (providers: readonly SourceProvider[], after: Date): Date | undefined => {
  const moments = providers
    .flatMap(({ models }) => models)
    .flatMap(({ prices }) => (isConditional(prices) ? prices : []))
    .flatMap(({ constraint }) => (constraint ? boundariesOf(constraint, after.getTime()) : []))
    .filter((moment) => moment > after.getTime());
  return moments.length === 0
    ? undefined
    : new Date(moments.reduce((least, moment) => Math.min(least, moment)));
};

const isConditional = (
  prices: SourceModel['prices'],
): prices is Extract<SourceModel['prices'], readonly unknown[]> => Array.isArray(prices);

const holds = (constraint: Constraint, at: Date): boolean => {
  if ('start_date' in constraint) return at.getTime() >= Date.parse(constraint.start_date);
  const now = at.getTime() % DAY_MS;
  const [start, end] = [clockMs(constraint.start_time), clockMs(constraint.end_time)];
  return end < start ? now >= start || now < end : now >= start && now < end;
};

/** Those of a time of day on this day and the next. */
const boundariesOf = (constraint: Constraint, after: number): readonly number[] => {
  if ('start_date' in constraint) return [Date.parse(constraint.start_date)];
  const midnight = after - (after % DAY_MS);
  return [constraint.start_time, constraint.end_time].flatMap((clock) => [
    midnight + clockMs(clock),
    midnight + DAY_MS + clockMs(clock),
  ]);
};

const clockMs = (clock: string): number => Date.parse(`1970-01-01T${clock}`);
