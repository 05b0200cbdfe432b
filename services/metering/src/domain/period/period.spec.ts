import * as fc from 'fast-check';
import { periodAt, type PeriodRule, spellRule } from './period';

const utc = (text: string): Date => new Date(`${text}Z`);
const created = utc('2024-01-15T10:30:00');

const spanOf = (rule: PeriodRule, at: string, createdAt = created): readonly (string | undefined)[] => {
  const { start, end } = periodAt(rule, createdAt, utc(at));
  return [start.toISOString().slice(0, 16), end?.toISOString().slice(0, 16)];
};

describe('periodAt', () => {
  it('never ends where a budget never resets', () => {
    expect(spanOf({ period: 'never' }, '2031-01-01T00:00:00')).toEqual(['2024-01-15T10:30', undefined]);
  });

  it.each([
    ['2026-11-22T00:00:00', '2026-11-22T00:00', '2026-11-29T00:00'],
    ['2026-11-21T23:59:59.999', '2026-11-15T00:00', '2026-11-22T00:00'],
    ['2026-11-28T23:59:59.999', '2026-11-22T00:00', '2026-11-29T00:00'],
    ['1969-12-31T12:00:00', '1969-12-28T00:00', '1970-01-04T00:00'],
  ])('weeks begin on Sunday: %s', (at, start, end) => {
    expect(spanOf({ period: 'weekly' }, at)).toEqual([start, end]);
  });

  it.each([
    ['2024-02-29T23:59:59.999', '2024-02-01T00:00', '2024-03-01T00:00'],
    ['2023-02-28T12:00:00', '2023-02-01T00:00', '2023-03-01T00:00'],
    ['2024-03-31T23:59:59', '2024-03-01T00:00', '2024-04-01T00:00'],
    ['2024-12-31T23:59:59', '2024-12-01T00:00', '2025-01-01T00:00'],
    ['2024-01-31T00:00:00', '2024-01-01T00:00', '2024-02-01T00:00'],
    ['2100-02-28T10:00:00', '2100-02-01T00:00', '2100-03-01T00:00'],
  ])('months begin on the 1st: %s', (at, start, end) => {
    expect(spanOf({ period: 'monthly' }, at)).toEqual([start, end]);
  });

  it.each([
    [1, '2024-01-15T23:59:59', '2024-01-15T00:00', '2024-01-16T00:00'],
    [30, '2024-01-15T10:30:00', '2024-01-15T00:00', '2024-02-14T00:00'],
    [30, '2024-02-14T00:00:00', '2024-02-14T00:00', '2024-03-15T00:00'],
    [366, '2025-01-15T00:00:00', '2025-01-15T00:00', '2026-01-16T00:00'],
    [7, '2024-01-14T23:00:00', '2024-01-08T00:00', '2024-01-15T00:00'],
  ])('periods of %d days count from the creation day: %s', (everyDays, at, start, end) => {
    expect(spanOf({ period: 'days', everyDays }, at)).toEqual([start, end]);
  });

  it.each([
    ['minute', '2026-03-29T01:59:59.999', '2026-03-29T01:59', '2026-03-29T02:00'],
    ['hour', '2026-03-29T01:59:59.999', '2026-03-29T01:00', '2026-03-29T02:00'],
    ['day', '2026-10-25T02:30:00', '2026-10-25T00:00', '2026-10-26T00:00'],
  ] as const)('a window of a %s: %s', (period, at, start, end) => {
    expect(spanOf({ period }, at)).toEqual([start, end]);
  });

  it('does not know the time zone of the machine, nor its summer time', () => {
    // In most of Europe clocks jump on these days; UTC has no such hour.
    expect(spanOf({ period: 'days', everyDays: 1 }, '2026-03-29T02:30:00')).toEqual([
      '2026-03-29T00:00',
      '2026-03-30T00:00',
    ]);
  });

  it.each([
    // Weeks on another day.
    [{ period: 'weekly', weekday: 'monday' }, '2026-11-22T23:59:59', '2026-11-16T00:00', '2026-11-23T00:00'],
    [
      { period: 'weekly', weekday: 'saturday' },
      '2026-11-22T00:00:00',
      '2026-11-21T00:00',
      '2026-11-28T00:00',
    ],
    // Berlin goes to summer time on 29 March 2026, and back on 25 October.
    [
      { period: 'weekly', timeZone: 'Europe/Berlin' },
      '2026-03-28T23:00:00',
      '2026-03-28T23:00',
      '2026-04-04T22:00',
    ],
    [
      { period: 'weekly', timeZone: 'Europe/Berlin' },
      '2026-10-24T21:59:59',
      '2026-10-17T22:00',
      '2026-10-24T22:00',
    ],
    [
      { period: 'weekly', timeZone: 'Europe/Berlin' },
      '2026-10-25T12:00:00',
      '2026-10-24T22:00',
      '2026-10-31T23:00',
    ],
    [
      { period: 'days', everyDays: 1, timeZone: 'Europe/Berlin' },
      '2026-03-29T12:00:00',
      '2026-03-28T23:00',
      '2026-03-29T22:00',
    ],
    // Months of another zone, the 31st and a leap day.
    [
      { period: 'monthly', timeZone: 'America/New_York' },
      '2024-02-01T04:59:59',
      '2024-01-01T05:00',
      '2024-02-01T05:00',
    ],
    [
      { period: 'monthly', timeZone: 'America/New_York' },
      '2024-02-29T23:00:00',
      '2024-02-01T05:00',
      '2024-03-01T05:00',
    ],
    [
      { period: 'monthly', timeZone: 'Asia/Kathmandu' },
      '2024-01-31T18:15:00',
      '2024-01-31T18:15',
      '2024-02-29T18:15',
    ],
    // Clocks skip midnight in Beirut on 29 March 2026, and come back to it in Havana on 1 November 2026.
    [
      { period: 'days', everyDays: 1, timeZone: 'Asia/Beirut' },
      '2026-03-28T22:30:00',
      '2026-03-28T22:00',
      '2026-03-29T21:00',
    ],
    [
      { period: 'days', everyDays: 1, timeZone: 'America/Havana' },
      '2026-11-01T04:30:00',
      '2026-11-01T04:00',
      '2026-11-02T05:00',
    ],
    // Samoa had no 30 December 2011.
    [
      { period: 'days', everyDays: 1, timeZone: 'Pacific/Apia' },
      '2011-12-30T12:00:00',
      '2011-12-30T10:00',
      '2011-12-31T10:00',
    ],
  ] as const)('of %j hold %s', (rule, at, start, end) => {
    expect(spanOf(rule, at)).toEqual([start, end]);
  });

  it('begins days of N where the zone of the rule was when the limit was made', () => {
    const late = utc('2024-01-15T23:30:00');
    expect(
      spanOf({ period: 'days', everyDays: 10, timeZone: 'Asia/Tokyo' }, '2024-01-20T00:00:00', late),
    ).toEqual(['2024-01-15T15:00', '2024-01-25T15:00']);
  });

  it('tiles time: each period holds its moment, and the next begins where it ends', () => {
    const rules: PeriodRule[] = [
      { period: 'weekly' },
      { period: 'monthly' },
      { period: 'days', everyDays: 1 },
      { period: 'days', everyDays: 28 },
      { period: 'days', everyDays: 366 },
      { period: 'minute' },
      { period: 'hour' },
      { period: 'day' },
      ...[
        'Europe/Berlin',
        'America/Havana',
        'Asia/Beirut',
        'Pacific/Apia',
        'Australia/Lord_Howe',
        'America/St_Johns',
      ].flatMap((timeZone): PeriodRule[] => [
        { period: 'weekly', weekday: 'thursday', timeZone },
        { period: 'monthly', timeZone },
        { period: 'days', everyDays: 1, timeZone },
        { period: 'days', everyDays: 30, timeZone },
      ]),
    ];
    const moments = fc.date({ min: utc('1990-01-01'), max: utc('2110-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...rules), moments, moments, (rule, createdAt, at) => {
        const { start, end } = periodAt(rule, createdAt, at);
        if (!end) throw new Error('has an end');
        expect(start <= at && at < end).toBe(true);
        expect(periodAt(rule, createdAt, end).start).toEqual(end);
        expect(periodAt(rule, createdAt, new Date(end.getTime() - 1))).toEqual({ start, end });
      }),
    );
  });
});

describe('spellRule', () => {
  it('tells rules apart', () => {
    const rules: PeriodRule[] = [
      { period: 'never' },
      { period: 'weekly' },
      { period: 'monthly' },
      { period: 'days', everyDays: 7 },
      { period: 'days', everyDays: 30 },
      { period: 'days', everyDays: 30, timeZone: 'Europe/Berlin' },
      { period: 'weekly', weekday: 'monday' },
      { period: 'weekly', timeZone: 'Europe/Berlin' },
      { period: 'monthly', timeZone: 'Europe/Berlin' },
      { period: 'minute' },
      { period: 'hour' },
      { period: 'day' },
    ];
    expect(new Set(rules.map(spellRule)).size).toBe(rules.length);
  });
});
