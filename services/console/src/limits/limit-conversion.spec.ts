import { AppError } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { fromRestLimits, toRestLimits } from './limit-conversion';
import { rateLimit, usageLimit } from './limit.schema';

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

it('says nano-USD', () => {
  const [limit] = fromRestLimits(usage({ credit_limit: 0.000000001 }), []);
  expect(limit?.kind).toMatchObject({ $case: 'budget', value: { amount: { $case: 'nanoUsd', value: 1n } } });
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
