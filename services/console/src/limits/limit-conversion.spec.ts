import { AppError } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import fc from 'fast-check';
import { z } from 'zod';
import { fromRestLimits, limitsChange, toRestLimits } from './limit-conversion';
import { rateLimit, rateLimitAnswer, usageLimit, usageLimitAnswer } from './limit.schema';
import { fromRestWholeLimits } from './whole-limit-conversion';
import { wholeLimits } from './whole-limit.schema';

const usage = (said: object) => z.array(usageLimit).parse([said]);
const rates = (said: object) => z.array(rateLimit).parse([said]);

const cost = {
  type: 'cost',
  credit_limit: 12.5,
  alert_threshold: null,
  periodic_reset: null,
  periodic_reset_days: null,
};

it.each([
  [cost],
  [{ ...cost, alert_threshold: 10 }],
  [{ ...cost, periodic_reset: 'weekly' }],
  [{ ...cost, periodic_reset: 'monthly' }],
  [{ ...cost, periodic_reset_days: 30 }],
  [{ ...cost, type: 'tokens', credit_limit: 1_000_000, alert_threshold: 500_000 }],
])('answers a budget as it was said: %p', (said) => {
  expect(toRestLimits(fromRestLimits(usage(said), []))).toEqual({ usage_limits: [said], rate_limits: [] });
});

it.each(['rpm', 'rph', 'rpd'])('answers a rate limit as it was said: %s', (unit) => {
  const said = { type: 'tokens', unit, value: 100 };
  expect(toRestLimits(fromRestLimits(null, rates(said)))).toEqual({ usage_limits: [], rate_limits: [said] });
});

it('takes a rate of 0 for none', () => {
  expect(fromRestLimits(undefined, rates({ type: 'requests', unit: 'rpm', value: 0 }))).toEqual([]);
});

it('answers what is beyond the numbers of JSON by the nearest of them', () => {
  const amount = '999999999999999999';
  const said = wholeLimits.parse([
    { kind: 'budget', unit: 'tokens', amount },
    { kind: 'rate', unit: 'tokens', amount, per: 'day' },
  ]);
  const { usage_limits: budgets, rate_limits: windows } = toRestLimits(fromRestWholeLimits(said, 'limits'));
  expect(budgets.map((limit) => usageLimitAnswer.parse(limit))).toMatchObject([{ credit_limit: 1e18 }]);
  expect(windows.map((limit) => rateLimitAnswer.parse(limit))).toMatchObject([{ value: 1e18 }]);
});

it('says nano-USD', () => {
  const [limit] = fromRestLimits(usage({ credit_limit: 0.000000001 }), []);
  expect(limit?.kind).toMatchObject({ $case: 'budget', value: { amount: { $case: 'nanoUsd', value: 1n } } });
});

it('takes back what it answers of a share, were it half a token', () => {
  const budget = fc.record({
    amount: fc.oneof(
      fc.record({ $case: fc.constant('tokens' as const), value: fc.bigInt({ min: 1n, max: 10n ** 15n }) }),
      fc.record({ $case: fc.constant('nanoUsd' as const), value: fc.bigInt({ min: 1n, max: 10n ** 15n }) }),
    ),
    percent: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(budget, ({ amount, percent }) => {
      const value = { amount, alerts: { percents: [percent] } };
      const standing = typeV1.Limit.fromPartial({ kind: { $case: 'budget', value } });
      const [answered] = toRestLimits([standing]).usage_limits;
      const [taken] = fromRestLimits(usage(JSON.parse(JSON.stringify(answered)) as object), []);
      expect(taken?.kind).toMatchObject({ value });
    }),
    { examples: [[{ amount: { $case: 'tokens', value: 15n }, percent: 50 }]] },
  );
});

it('answers shares by default as no threshold', () => {
  const percents = [50, 80, 90, 100];
  const kind = {
    $case: 'budget',
    value: { amount: { $case: 'tokens', value: 10n }, alerts: { percents } },
  } as const;
  const { usage_limits: answered } = toRestLimits([typeV1.Limit.fromPartial({ kind })]);
  expect(answered).toMatchObject([{ alert_threshold: null }]);
});

it.each([
  [usage({ credit_limit: 1e-10 }), [], 'usage_limits[0].credit_limit'],
  [usage({ type: 'tokens', credit_limit: 1.5 }), [], 'usage_limits[0].credit_limit'],
  [usage({ credit_limit: 1e11 }), [], 'usage_limits[0].credit_limit'],
  [usage({ type: 'tokens', credit_limit: 1e300 }), [], 'usage_limits[0].credit_limit'],
  [usage({ credit_limit: 3, alert_threshold: 1 }), [], 'usage_limits[0].alert_threshold'],
  [usage({ credit_limit: 1, alert_threshold: 2 }), [], 'usage_limits[0].alert_threshold'],
  [
    usage({ credit_limit: 1, periodic_reset: 'weekly', periodic_reset_days: 7 }),
    [],
    'usage_limits[0].periodic_reset_days',
  ],
  [[], rates({ unit: 'rps', value: 1 }), 'rate_limits[0].unit'],
  [[], rates({ unit: 'rpw', value: 1 }), 'rate_limits[0].unit'],
])('refuses what cannot be said here: %#', (budgets, windows, field) => {
  const told = (() => {
    try {
      return fromRestLimits(budgets, windows, '');
    } catch (error) {
      return (error as AppError).violations.map((violation) => violation.field);
    }
  })();
  expect(told).toEqual([field]);
});

describe('limits that are said anew', () => {
  const { ResetPeriod, Weekday } = typeV1;
  const berlin = { period: ResetPeriod.WEEKLY, weekday: Weekday.MONDAY, timeZone: 'Europe/Berlin' };
  const standing = typeV1.Limit.fromPartial({
    ...{ id: 'lim_1', name: 'Month’s end', raise: { more: 5n } },
    kind: {
      $case: 'budget',
      value: {
        amount: { $case: 'nanoUsd', value: 10n ** 9n },
        ...{ reset: berlin, strict: true, alerts: { percents: [20, 90] } },
      },
    },
  });
  const weekly = { type: 'cost', credit_limit: 2, periodic_reset: 'weekly' };
  const after = (said: object, before = standing) => limitsChange(usage(said), undefined)?.([before])[0];
  const resetAfter = (said: object) => {
    const kind = after(said)?.kind;
    return kind?.$case === 'budget' ? kind.value.reset : undefined;
  };

  it('keep what there are no words for: name, strictness, day of the week, zone, several shares', () => {
    expect(after(weekly)).toMatchObject({
      ...{ id: '', name: 'Month’s end', raise: undefined },
      kind: {
        value: {
          amount: { value: 2n * 10n ** 9n },
          ...{ reset: berlin, strict: true, alerts: { percents: [20, 90] } },
        },
      },
    });
  });

  it('say nothing new with what was answered', () => {
    const [answered] = toRestLimits([standing]).usage_limits;
    expect(after({ ...answered })).toEqual({ ...standing, id: '', raise: undefined });
  });

  it.each([
    [
      { credit_limit: 2, periodic_reset: 'monthly' },
      { timeZone: 'Europe/Berlin', weekday: undefined },
    ],
    [
      { credit_limit: 2, periodic_reset_days: 3 },
      { timeZone: 'Europe/Berlin', everyDays: 3 },
    ],
    [{ credit_limit: 2 }, { timeZone: undefined, weekday: undefined, period: ResetPeriod.NEVER }],
  ])('begin anew as is said, in the zone they were in: %p', (said, reset) => {
    expect(resetAfter(said)).toMatchObject(reset);
  });

  it.each([[[20, 90]], [[]]])('have the share that is said in place of those that were: %p', (percents) => {
    const kind = {
      $case: 'budget',
      value: { amount: { $case: 'nanoUsd', value: 1n }, alerts: { percents } },
    };
    const before = typeV1.Limit.fromPartial({ kind } as never);
    const told = after({ ...weekly, alert_threshold: 1 }, before);
    expect(told?.kind).toMatchObject({ value: { alerts: { percents: [50] } } });
    expect(after(weekly, before)?.kind).toMatchObject({ value: { alerts: { percents } } });
  });

  it('lose the one share that can be said, where it is not', () => {
    const alerts = { percents: [90] };
    const kind = { $case: 'budget', value: { amount: { $case: 'nanoUsd', value: 1n }, alerts } };
    const told = after(weekly, typeV1.Limit.fromPartial({ kind } as never));
    expect(told?.kind).toMatchObject({ value: { alerts: undefined } });
  });

  it('are others where they are of another type', () => {
    const tokens = after({ type: 'tokens', credit_limit: 10, periodic_reset: 'weekly' });
    expect(tokens).toMatchObject({ name: undefined, kind: { value: { strict: false } } });
    expect(tokens?.kind).toMatchObject({ value: { reset: { weekday: undefined, timeZone: undefined } } });
  });

  it.each([
    ['rpm', 'Bursts'],
    ['rph', undefined],
  ])('keep the name of a rate in the same window: %s', (unit, name) => {
    const [rate] = fromRestLimits([], rates({ unit: 'rpm', value: 5 }));
    const before = [{ ...(rate as typeV1.Limit), name: 'Bursts' }];
    expect(limitsChange(undefined, rates({ unit, value: 9 }))?.(before)).toMatchObject([
      { name, kind: { value: { quota: 9n } } },
    ]);
  });
});
