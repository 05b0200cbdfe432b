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
      { period: 'minute' },
      { period: 'hour' },
      { period: 'day' },
    ];
    expect(new Set(rules.map(spellRule)).size).toBe(rules.length);
  });
});
