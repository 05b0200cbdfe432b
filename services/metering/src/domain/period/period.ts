import type { Limit, RateWindow, ResetRule } from '@gatehouse/kernel';

/** How a limit's periods follow one another. */
export type PeriodRule = ResetRule | { readonly period: RateWindow };

/** From `start` (inclusive) to `end` (exclusive); without an end it lasts for ever. */
export interface Period {
  readonly start: Date;
  readonly end: Date | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday: the first Sunday is three days later. */
const FIRST_SUNDAY = 3 * DAY;

export const ruleOf = (limit: Limit): PeriodRule =>
  limit.kind === 'budget' ? limit.reset : { period: limit.window };

/** One spelling per rule, to tell whether a rule has changed. */
export const spellRule = (rule: PeriodRule): string =>
  rule.period === 'days' ? `days:${rule.everyDays}` : rule.period;

/**
 * The period that holds `at`. Everything is UTC, so every day has 24 hours: weeks begin on Sunday, months on the 1st,
 * and periods of N days are counted from the day on which the limit was created.
 */
export const periodAt = (rule: PeriodRule, createdAt: Date, at: Date): Period => {
  switch (rule.period) {
    case 'never':
      return { start: createdAt, end: undefined };
    case 'minute':
      return stretch(0, MINUTE, at);
    case 'hour':
      return stretch(0, HOUR, at);
    case 'day':
      return stretch(0, DAY, at);
    case 'weekly':
      return stretch(FIRST_SUNDAY, WEEK, at);
    case 'monthly':
      return monthOf(at);
    case 'days':
      return stretch(dayOf(createdAt), rule.everyDays * DAY, at);
  }
};

const stretch = (origin: number, length: number, at: Date): Period => {
  const start = origin + Math.floor((at.getTime() - origin) / length) * length;
  return { start: new Date(start), end: new Date(start + length) };
};

const monthOf = (at: Date): Period => ({
  start: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)),
  end: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)),
});

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY) * DAY;
