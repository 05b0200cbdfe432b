import { formatUsd, invalidField } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { usdIn } from '../rest/decimals';
import {
  RATE_WINDOWS,
  RESET_PERIODS,
  WEEKDAYS,
  type WholeLimit,
  type WholeLimitAnswer,
} from './whole-limit.schema';

const { RateUnit } = typeV1;

/** @param field what the list is called in the request. */
export const fromRestWholeLimits = (limits: readonly WholeLimit[], field: string): typeV1.Limit[] =>
  limits.map((limit, index) =>
    typeV1.Limit.fromPartial({
      name: limit.name || undefined,
      kind:
        limit.kind === 'budget'
          ? { $case: 'budget', value: fromRestBudget(limit, `${field}[${index}]`) }
          : { $case: 'rateLimit', value: fromRestRate(limit, `${field}[${index}]`) },
    }),
  );

type Budget = Extract<WholeLimit, { kind: 'budget' }>;
type Rate = Extract<WholeLimit, { kind: 'rate' }>;

const fromRestBudget = (limit: Budget, field: string): typeV1.Budget => ({
  amount:
    limit.unit === 'usd'
      ? { $case: 'nanoUsd', value: usdIn(limit.amount, `${field}.amount`) }
      : { $case: 'tokens', value: wholeIn(limit.amount, field) },
  reset: {
    period: RESET_PERIODS.valueOf(limit.reset),
    everyDays: limit.reset_days ?? 0,
    weekday: limit.weekday ? WEEKDAYS.valueOf(limit.weekday) : undefined,
    timeZone: limit.time_zone || undefined,
  },
  strict: limit.strict,
  alerts: limit.alerts ? { percents: [...limit.alerts] } : undefined,
});

const fromRestRate = ({ unit, per, amount }: Rate, field: string): typeV1.RateLimit => ({
  unit: unit === 'tokens' ? RateUnit.TOKENS : RateUnit.REQUESTS,
  window: RATE_WINDOWS.valueOf(per),
  quota: wholeIn(amount, field),
});

const wholeIn = (amount: string, field: string): bigint => {
  if (!/^\d{1,18}$/.test(amount)) throw invalidField(`${field}.amount`, 'must be a whole number');
  return BigInt(amount);
};

export const toRestWholeLimit = ({ id, name, kind, raise }: typeV1.Limit): WholeLimitAnswer => {
  const said = kind?.$case === 'rateLimit' ? toRestRate(kind.value) : toRestBudget(kind?.value);
  return {
    id,
    name: name ?? null,
    ...said,
    raise:
      raise === undefined
        ? null
        : { more: amountIn(said.unit, raise.more), until: raise.until?.toISOString() ?? '' },
  };
};

const toRestBudget = (budget: typeV1.Budget | undefined): Omit<WholeLimitAnswer, 'id' | 'name' | 'raise'> => {
  const unit = budget?.amount?.$case === 'tokens' ? 'tokens' : 'usd';
  const { period, everyDays, weekday, timeZone } = budget?.reset ?? {};
  return {
    ...{ kind: 'budget', unit, amount: amountIn(unit, budget?.amount?.value ?? 0n), per: null },
    reset: RESET_PERIODS.of(period ?? typeV1.ResetPeriod.NEVER),
    reset_days: everyDays || null,
    weekday: weekday === undefined ? null : WEEKDAYS.of(weekday),
    time_zone: timeZone ?? null,
    strict: budget?.strict ?? false,
    alerts: budget?.alerts?.percents ?? null,
  };
};

const toRestRate = ({
  unit,
  window,
  quota,
}: typeV1.RateLimit): Omit<WholeLimitAnswer, 'id' | 'name' | 'raise'> => ({
  ...{ kind: 'rate', unit: unit === RateUnit.TOKENS ? 'tokens' : 'requests', amount: String(quota) },
  per: RATE_WINDOWS.of(window),
  ...{ reset: null, reset_days: null, weekday: null, time_zone: null, strict: false, alerts: null },
});

/** An amount of a limit's unit, as text. */
export const amountIn = (unit: WholeLimitAnswer['unit'], amount: bigint): string =>
  unit === 'usd' ? formatUsd(amount) : String(amount);
