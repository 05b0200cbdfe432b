import { amountAt, type LimitSpec, type Raise, type ResetRule } from './limit';
import type { ModelAccess } from './model-access';
import { limitSlotOf } from './replace-limits';

/** A limit as it bounds, whoever's it is. */
export type Bound = LimitSpec & { readonly raise?: Raise };

/**
 * Whether limits that take the place of others let more be spent at `at` or at any time after it: one has gone, or lets more
 * by itself. What is bounded beside that only makes it less. It is an order: what is less than something that is less, is less.
 */
export const limitsLetMore = (before: readonly Bound[], after: readonly Bound[], at: Date): boolean => {
  const now = new Map(after.map((bound) => [limitSlotOf(bound), bound]));
  return before.some((bound) => {
    const replaced = now.get(limitSlotOf(bound));
    return replaced === undefined || boundLetsMore(bound, replaced, at);
  });
};

/** Of two in one slot: the same kind, unit and window. */
const boundLetsMore = (before: Bound, after: Bound, at: Date): boolean => {
  const ends = [before.raise?.until, after.raise?.until].filter((end) => end !== undefined && end > at);
  // Amounts change where a raise ends, and at no other time.
  const amounts = [at, ...ends].some(
    (time) => amountAt(after, time as Date) > amountAt(before, time as Date),
  );
  if (amounts || before.kind === 'rate' || after.kind === 'rate') return amounts;
  return (before.strict && !after.strict) || resetsMore(before.reset, after.reset);
};

/**
 * Whether a budget starts anew at any time at which it did not before. A longer period is no less by itself: a month may
 * begin the day after a week did. Periods of so many days are counted from one day, so their multiples begin with them.
 */
const resetsMore = (before: ResetRule, after: ResetRule): boolean => {
  if (after.period === 'never') return false;
  if (before.period === 'never' || calendarOf(before) !== calendarOf(after)) return true;
  if (before.period === 'days' && after.period === 'days') return after.everyDays % before.everyDays !== 0;
  return after.period !== before.period;
};

/** On which day of the week, and where, a rule's periods begin. */
const calendarOf = (rule: Exclude<ResetRule, { period: 'never' }>): string =>
  `${rule.period === 'weekly' ? (rule.weekday ?? 'sunday') : ''}@${rule.timeZone ?? 'UTC'}`;

/** Whether models may be called that could not be. */
export const accessLetsMore = (before: ModelAccess, after: ModelAccess): boolean => {
  if (before.all) return false;
  if (after.all) return true;
  const names = new Set(before.names);
  return after.names.some((name) => !names.has(name));
};
