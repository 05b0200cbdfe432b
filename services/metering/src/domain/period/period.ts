import { type Limit, type RateWindow, type ResetRule, WEEKDAYS } from '@gatehouse/kernel';
import { type Calendar, calendarOf } from './calendar';

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
const DAYS_OF_WEEK = 7;
/** 1970-01-01 was a Thursday: the first Sunday is day 3. */
const FIRST_SUNDAY = 3;

export const ruleOf = (limit: Limit): PeriodRule =>
  limit.kind === 'budget' ? limit.reset : { period: limit.window };

/** One spelling per rule, to tell whether a rule has changed. */
export const spellRule = (rule: PeriodRule): string => {
  switch (rule.period) {
    case 'days':
      return `days:${rule.everyDays}${spellZone(rule.timeZone)}`;
    case 'weekly':
      return `weekly${rule.weekday ? `:${rule.weekday}` : ''}${spellZone(rule.timeZone)}`;
    case 'monthly':
      return `monthly${spellZone(rule.timeZone)}`;
    case 'never':
    case 'minute':
    case 'hour':
    case 'day':
      return rule.period;
  }
};

const spellZone = (timeZone: string | undefined): string => (timeZone === undefined ? '' : `@${timeZone}`);

/**
 * The period that holds `at`. Windows of rates are UTC. Others begin at midnight of the rule's time zone: weeks on its
 * weekday, months on the 1st, and periods of N days are counted from the day on which the limit was created.
 */
export const periodAt = (rule: PeriodRule, createdAt: Date, at: Date): Period => {
  switch (rule.period) {
    case 'never':
      return { start: createdAt, end: undefined };
    case 'minute':
      return windowAt(MINUTE, at);
    case 'hour':
      return windowAt(HOUR, at);
    case 'day':
      return windowAt(DAY, at);
    case 'weekly': {
      const first = FIRST_SUNDAY + WEEKDAYS.indexOf(rule.weekday ?? 'sunday');
      return daysAt(first, DAYS_OF_WEEK, calendarOf(rule.timeZone), at);
    }
    case 'monthly':
      return monthAt(calendarOf(rule.timeZone), at);
    case 'days': {
      const calendar = calendarOf(rule.timeZone);
      return daysAt(calendar.dayAt(createdAt.getTime()), rule.everyDays, calendar, at);
    }
  }
};

const windowAt = (length: number, at: Date): Period => {
  const start = Math.floor(at.getTime() / length) * length;
  return { start: new Date(start), end: new Date(start + length) };
};

/** Days are counted from 1970-01-01, which is 0. */
const daysAt = (first: number, length: number, calendar: Calendar, at: Date): Period => {
  const day = first + Math.floor((calendar.dayAt(at.getTime()) - first) / length) * length;
  return { start: new Date(calendar.beginOf(day)), end: new Date(calendar.beginOf(day + length)) };
};

const monthAt = (calendar: Calendar, at: Date): Period => {
  const day = new Date(calendar.dayAt(at.getTime()) * DAY);
  const firstOf = (month: number): number => Date.UTC(day.getUTCFullYear(), month, 1) / DAY;
  const month = day.getUTCMonth();
  return {
    start: new Date(calendar.beginOf(firstOf(month))),
    end: new Date(calendar.beginOf(firstOf(month + 1))),
  };
};
