import { amountAt, type Limit, type RateWindow } from '@gatehouse/kernel';
import { periodAt, type PeriodRule, ruleOf } from '../period/period';
import type { UsageSums } from './usage-record';
import { beginOf, GRAIN_MS } from './usage-rollup';

/** A stretch of time, the end exclusive. */
export interface Stretch {
  readonly from: Date;
  readonly until: Date;
}

/** What was used in an hour, or in a minute of one that is looked into. Milliseconds since 1970. */
export interface UsedPart {
  readonly begins: number;
  readonly ends: number;
  readonly requests: bigint;
  /** In the limit's unit. */
  readonly used: bigint;
}

export interface LimitReplay {
  readonly limit: Limit;
  readonly period: Stretch;
  readonly requests: bigint;
  /** Of budgets. */
  readonly spent?: bigint;
  readonly refused: Refused;
  /** Of a budget that would not have lasted. */
  readonly ranOut?: Stretch;
  /** Calls whose tokens or cost are in no sum. */
  readonly unknownRequests: bigint;
  /** Of a limit that each of several has for itself: what is above is of all of them together. */
  readonly holders?: HoldersReplay;
}

/** Keys or workspaces that have limits, each for itself. */
export interface HoldersReplay {
  /** How many called. */
  readonly called: number;
  /** Who used more than the limit in all, the most first: of others nothing was refused. */
  readonly beyond: readonly HolderReplay[];
}

export type HolderReplay = Pick<LimitReplay, 'requests' | 'spent' | 'refused' | 'ranOut'> & {
  /** Of a key or a workspace. */
  readonly id: string;
};

/** Calls of it were refused, or may have been. */
export const isRefused = ({ refused: { max } }: Pick<HolderReplay, 'refused'>): boolean => max > 0n;

/** So many calls at least, and at most. */
export interface Refused {
  readonly min: bigint;
  readonly max: bigint;
}

/** What has no period of its own that has ended is seen over so many days. */
const DAYS: Readonly<Record<'never' | RateWindow, number>> = { never: 30, minute: 7, hour: 7, day: 7 };
const MODELS_DAYS = 30;
/** Hours of one limit that are looked into by minutes. */
const HOURS_MAX = 24;

/** The last period of a limit that is over: see `LimitReplay` in usage_replay.proto. */
export const lastPeriodOf = (limit: Limit, at: Date): Stretch => {
  const rule = ruleOf(limit);
  switch (rule.period) {
    case 'weekly':
    case 'monthly':
    case 'days':
      return periodBefore(rule, at);
    case 'never':
    case 'minute':
    case 'hour':
    case 'day':
      return daysBefore(DAYS[rule.period], at);
  }
};

/** The days by which models are seen. */
export const lastDaysOfModels = (at: Date): Stretch => daysBefore(MODELS_DAYS, at);

const daysBefore = (everyDays: number, at: Date): Stretch => periodBefore({ period: 'days', everyDays }, at);

/** Days are counted from today. */
const periodBefore = (rule: PeriodRule, at: Date): Stretch => {
  const until = periodAt(rule, at, at).start;
  return { from: periodAt(rule, at, new Date(until.getTime() - 1)).start, until };
};

/** Sums by intervals of a grain as parts of a period, in order; intervals at its ends are cut to it. */
export const partsOf = (
  limit: Limit,
  sums: readonly UsageSums[],
  grain: 'minute' | 'hour',
  { from, until }: Stretch,
): readonly UsedPart[] =>
  sums.flatMap((sum) => {
    if (!sum.begins) return [];
    const begins = Math.max(sum.begins.getTime(), from.getTime());
    const ends = Math.min(sum.begins.getTime() + GRAIN_MS[grain], until.getTime());
    return [{ begins, ends, requests: sum.requests, used: usedIn(limit, sum) }];
  });

/** As gateways charge it: a strict budget bears doubt, too. */
const usedIn = (limit: Limit, sum: UsageSums): bigint => {
  switch (limit.unit) {
    case 'nanoUsd':
      return limit.strict ? sum.amount + sum.doubt : sum.amount;
    case 'tokens':
      return sum.inputTokens + sum.outputTokens;
    case 'requests':
      return sum.requests;
  }
};

/** The hours of which minutes would tell more; the fullest of them where they are many. */
export const hoursToLookInto = (limit: Limit, hours: readonly UsedPart[], at: Date): readonly UsedPart[] => {
  const amount = amountAt(limit, at);
  return windowsOf(limit, hours)
    .flatMap((window) => {
      if (isExact(limit, window)) return [];
      const crossing = crossingOf(window, amount);
      return crossing === undefined ? [] : (window[crossing] ?? []);
    })
    .sort((a, b) => (a.used < b.used ? 1 : -1))
    .slice(0, HOURS_MAX);
};

/** Requests are counted to one, in windows that are made up of whole parts. */
const isExact = (limit: Limit, window: readonly UsedPart[]): boolean =>
  limit.unit === 'requests' && !window.some((part) => isCoarse(limit, part));

/** Windows of minutes that are within a longer part. */
const isCoarse = (limit: Limit, { begins, ends }: UsedPart): boolean =>
  limit.kind === 'rate' && limit.window === 'minute' && ends - begins > GRAIN_MS.minute;

/** How a limit would have fared, by the parts of its period, in order. */
export const replayedLimit = (
  limit: Limit,
  period: Stretch,
  parts: readonly UsedPart[],
  { at, unknownRequests }: { readonly at: Date; readonly unknownRequests: bigint },
): LimitReplay => {
  const amount = amountAt(limit, at);
  const windows = windowsOf(limit, parts);
  const refused = windows.map((window) => refusedIn(limit, window, amount));
  const crossing = limit.kind === 'budget' ? crossingOf(parts, amount) : undefined;
  const ranOut = crossing === undefined ? undefined : parts[crossing];
  return {
    ...{ limit, period, unknownRequests },
    requests: sumOf(parts.map(({ requests }) => requests)),
    ...(limit.kind === 'budget' && { spent: sumOf(parts.map(({ used }) => used)) }),
    refused: { min: sumOf(refused.map(({ min }) => min)), max: sumOf(refused.map(({ max }) => max)) },
    ...(ranOut && { ranOut: { from: new Date(ranOut.begins), until: new Date(ranOut.ends) } }),
  };
};

/** Parts by what is counted together: all of a budget's period, each window of a rate. */
const windowsOf = (limit: Limit, parts: readonly UsedPart[]): readonly (readonly UsedPart[])[] => {
  if (limit.kind === 'budget') return [parts];
  const windows = new Map<number, UsedPart[]>();
  for (const part of parts) {
    // A part that is longer than a window is seen by itself.
    const begins = beginOf(part.begins, limit.window);
    windows.set(begins, [...(windows.get(begins) ?? []), part]);
  }
  return [...windows.values()];
};

const refusedIn = (limit: Limit, window: readonly UsedPart[], amount: bigint): Refused => {
  const [first] = window;
  if (first && isCoarse(limit, first)) return refusedWithin(limit, first, amount);
  const crossing = crossingOf(window, amount);
  const part = crossing === undefined ? undefined : window[crossing];
  if (crossing === undefined || !part) return { min: 0n, max: 0n };
  const after = sumOf(window.slice(crossing + 1).map(({ requests }) => requests));
  if (limit.unit === 'requests') {
    const beyond = sumOf(window.map(({ requests }) => requests)) - amount;
    return { min: beyond, max: beyond };
  }
  // What crossed it is refused, and all of its part where that came first.
  return { min: after + 1n, max: after + (part.requests > 1n ? part.requests : 1n) };
};

/** Of windows of a minute within one longer part: spread as evenly as can be, or all in one. */
const refusedWithin = (limit: Limit, { begins, ends, requests, used }: UsedPart, amount: bigint): Refused => {
  if (used <= amount) return { min: 0n, max: 0n };
  const room = amount * BigInt(Math.ceil((ends - begins) / GRAIN_MS.minute));
  const beyond = used > room ? used - room : 0n;
  if (limit.unit === 'requests') return { min: beyond, max: requests - amount };
  return { min: beyond > 0n ? 1n : 0n, max: requests };
};

/** Sums of one key or workspace over the whole period of a limit. */
export interface HolderSums {
  readonly id: string;
  readonly sums: UsageSums;
}

/** Of whom calls may have been refused, were the limit each one's own: who used no more than it in all had room in each window. */
export const holdersBeyond = (
  limit: Limit,
  holders: readonly HolderSums[],
  at: Date,
): readonly HolderSums[] =>
  holders
    .filter(({ sums }) => usedIn(limit, sums) > amountAt(limit, at))
    .sort((a, b) => {
      const [ofA, ofB] = [usedIn(limit, a.sums), usedIn(limit, b.sums)];
      if (ofA !== ofB) return ofA < ofB ? 1 : -1;
      return a.id < b.id ? -1 : 1;
    });

/** Whom nobody has looked into: what crossed a budget was refused, of a rate perhaps nothing. */
export const unseenHolder = (limit: Limit, { id, sums }: HolderSums): HolderReplay => ({
  ...{ id, requests: sums.requests },
  ...(limit.kind === 'budget' && { spent: usedIn(limit, sums) }),
  refused: { min: limit.kind === 'budget' ? 1n : 0n, max: sums.requests },
});

/** How a limit that each has for itself would have fared, by all that called and those of them that used more than it. */
export const eachReplayed = (
  limit: Limit,
  period: Stretch,
  holders: readonly HolderSums[],
  beyond: readonly HolderReplay[],
): LimitReplay => ({
  ...{ limit, period },
  requests: sumOf(holders.map(({ sums }) => sums.requests)),
  ...(limit.kind === 'budget' && { spent: sumOf(holders.map(({ sums }) => usedIn(limit, sums))) }),
  refused: {
    min: sumOf(beyond.map(({ refused }) => refused.min)),
    max: sumOf(beyond.map(({ refused }) => refused.max)),
  },
  unknownRequests: sumOf(holders.map(({ sums }) => sums.unknownRequests)),
  holders: { called: holders.length, beyond },
});

/** Which of the parts brought the sum beyond an amount. */
const crossingOf = (parts: readonly UsedPart[], amount: bigint): number | undefined => {
  let used = 0n;
  for (const [index, part] of parts.entries()) {
    used += part.used;
    if (used > amount) return index;
  }
  return undefined;
};

const sumOf = (numbers: readonly bigint[]): bigint => numbers.reduce((sum, one) => sum + one, 0n);
