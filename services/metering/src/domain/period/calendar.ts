const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The days of a time zone, counted from its 1970-01-01, which is 0. Instants are milliseconds since 1970 UTC. */
export interface Calendar {
  /** The day that has begun last: where clocks come back over midnight it is not the day before again. */
  dayAt(instant: number): number;
  /** The first instant of a day: midnight, or where clocks skip it the moment of the jump. */
  beginOf(day: number): number;
}

const UTC: Calendar = {
  dayAt: (instant) => Math.floor(instant / DAY),
  beginOf: (day) => day * DAY,
};

/** What a calendar knows does not change while a process runs. */
const known = new Map<string, Calendar>();

/** Throws RangeError for a time zone that this machine does not know. */
export const calendarOf = (timeZone: string | undefined): Calendar => {
  if (timeZone === undefined) return UTC;
  const calendar = known.get(timeZone) ?? zonedCalendar(offsetsIn(timeZone));
  known.set(timeZone, calendar);
  return calendar;
};

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
type Offsets = (instant: number) => number;

const zonedCalendar = (offsetAt: Offsets): Calendar => {
  const onClocks = (instant: number): number => Math.floor((instant + offsetAt(instant)) / DAY);
  const beginOf = (day: number): number => {
    const midnight = day * DAY;
    // Clocks are set at most once in two days; whichever way they stood, midnight was then.
    const candidates = [midnight - DAY, midnight + DAY].map((near) => midnight - offsetAt(near));
    const begun = candidates.filter((instant) => onClocks(instant) >= day);
    return Math.min(...(begun.length > 0 ? begun : candidates));
  };
  const dayAt = (instant: number): number => {
    let day = onClocks(instant);
    while (beginOf(day) > instant) day--;
    while (beginOf(day + 1) <= instant) day++;
    return day;
  };
  return { dayAt, beginOf };
};

const offsetsIn = (timeZone: string): Offsets => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    era: 'short',
    hourCycle: 'h23',
    ...{
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    },
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
    const clock = Date.UTC(
      year,
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return clock - Math.floor(instant / 1_000) * 1_000;
  };
};
