import type { WholeLimit, WholeLimitAnswer } from '@gatehouse/console/limits/whole-limit.schema';

/** A limit that was answered, as one that is asked for: it is known by what it says, and keeps its id by that. */
export const askedAgain = (limit: WholeLimitAnswer): WholeLimit => {
  const { kind, name, unit, amount, per } = limit;
  if (kind === 'rate') return { kind, name, unit, amount, per } as WholeLimit;
  const { reset, reset_days, weekday, time_zone, strict, alerts } = limit;
  return {
    ...{ kind, name, unit, amount, reset, reset_days },
    ...{ weekday, time_zone, strict, alerts },
  } as WholeLimit;
};
