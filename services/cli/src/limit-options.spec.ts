import { typeV1 } from '@gatehouse/proto-gen';
import { parseLimits, parseNewLimits } from './limit-options';

describe('parseLimits', () => {
  it('reads budgets and rates', () => {
    const limits = parseLimits({
      budgetUsd: '12.5',
      budgetTokens: '1000',
      reset: '10d',
      requestsPer: ['minute=60'],
      tokensPer: ['hour=5', 'day=50'],
    });
    const reset = { period: typeV1.ResetPeriod.DAYS, everyDays: 10 };
    expect(limits.map(({ kind }) => kind?.value)).toEqual([
      { amount: { $case: 'nanoUsd', value: 12_500_000_000n }, reset, strict: false },
      { amount: { $case: 'tokens', value: 1_000n }, reset, strict: false },
      { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota: 60n },
      { unit: typeV1.RateUnit.TOKENS, window: typeV1.RateWindow.HOUR, quota: 5n },
      { unit: typeV1.RateUnit.TOKENS, window: typeV1.RateWindow.DAY, quota: 50n },
    ]);
  });

  it('reads on which day and where weeks begin', () => {
    const [limit] = parseLimits({
      budgetTokens: '1',
      reset: 'weekly',
      weekday: 'monday',
      timeZone: 'Asia/Tokyo',
    });
    expect(limit?.kind?.value).toMatchObject({
      reset: { period: typeV1.ResetPeriod.WEEKLY, weekday: typeV1.Weekday.MONDAY, timeZone: 'Asia/Tokyo' },
    });
  });

  it.each([
    ['90, 50', [90, 50]],
    ['none', []],
  ])('reads at which shares somebody is told: %s', (alerts, percents) => {
    const [limit] = parseLimits({ budgetTokens: '1', reset: 'monthly', alerts });
    expect(limit?.kind?.value).toMatchObject({ alerts: { percents } });
  });

  it.each([
    { reset: 'weekly' },
    { reset: 'monthly', strict: true, requestsPer: ['minute=60'] },
    { reset: 'monthly', alerts: '50' },
    { reset: 'monthly', weekday: 'monday' },
    { reset: 'monthly', timeZone: 'Asia/Tokyo' },
  ])('refuses what is said of a budget that is not given: %p', (options) => {
    expect(() => parseLimits(options)).toThrow('NEEDS_A_BUDGET');
  });

  it.each([
    { budgetUsd: '-1', reset: 'monthly' },
    { budgetTokens: '1.5', reset: 'monthly' },
    { budgetUsd: '1', reset: 'yearly' },
    { requestsPer: ['second=1'], reset: 'monthly' },
    { requestsPer: ['minute'], reset: 'monthly' },
    { requestsPer: ['minute=60=5'], reset: 'monthly' },
    { budgetUsd: '1', reset: 'monthly', alerts: '50,half' },
    { budgetUsd: '1', reset: 'monthly', alerts: '2147483648' },
    { budgetUsd: '1', reset: 'constructor' },
  ])('refuses %p', (options) => {
    expect(() => parseLimits(options)).toThrow('MALFORMED');
  });

  it.each([
    [{ budgetUsd: '5$', reset: 'monthly' }, '5$', '12.50'],
    [{ requestsPer: ['60'], reset: 'monthly' }, '60', 'minute=60'],
    [{ tokensPer: ['day=many'], reset: 'monthly' }, 'many', 'a whole number'],
    [{ budgetUsd: '1', reset: 'yearly' }, 'yearly', 'never, weekly, monthly, or e.g. 10d'],
  ])('says of %p what was not understood, and what would be', (options, text, expected) => {
    expect(() => parseLimits(options)).toThrow(expect.objectContaining({ metadata: { text, expected } }));
  });
});

describe('parseNewLimits', () => {
  const nothing = { reset: 'monthly' };

  it('takes away all that there are where that is said', () => {
    expect(parseNewLimits({ ...nothing, none: true })).toEqual([]);
    expect(parseNewLimits({ ...nothing, budgetUsd: '1' })).toHaveLength(1);
  });

  it.each([
    [nothing, 'NEEDS_LIMITS'],
    [{ ...nothing, budgetUsd: '1', none: true }, 'LIMITS_OR_NONE'],
  ])('refuses %p', (options, reason) => {
    expect(() => parseNewLimits(options)).toThrow(expect.objectContaining({ reason }));
  });
});
