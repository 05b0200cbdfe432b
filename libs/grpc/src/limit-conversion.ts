import {
  type Alerts,
  isTimeZone,
  type Limit,
  LIMIT_AMOUNT_MAX,
  type LimitSpec,
  limitId,
  nanoUsd,
  type Raise,
  type RateWindow,
  type ResetRule,
  type Weekday,
  WEEKDAYS,
} from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import type { RequestChecks } from './request-checks';

const RATE_WINDOWS: Readonly<Record<RateWindow, typeV1.RateWindow>> = {
  minute: typeV1.RateWindow.MINUTE,
  hour: typeV1.RateWindow.HOUR,
  day: typeV1.RateWindow.DAY,
};

const PROTO_WEEKDAYS: Readonly<Record<Weekday, typeV1.Weekday>> = {
  sunday: typeV1.Weekday.SUNDAY,
  monday: typeV1.Weekday.MONDAY,
  tuesday: typeV1.Weekday.TUESDAY,
  wednesday: typeV1.Weekday.WEDNESDAY,
  thursday: typeV1.Weekday.THURSDAY,
  friday: typeV1.Weekday.FRIDAY,
  saturday: typeV1.Weekday.SATURDAY,
};

/** Of one scope; a kind, unit and window stands once in a list, so that fewer are possible at all. */
const LIMITS_MAX = 16;

/** Of what people call one. */
const NAME_MAX = 100;

/** Shares at which somebody is told. */
const ALERTS_MAX = 16;

/** Of a budget that resets every so many days. */
const EVERY_DAYS_MAX = 365;
/** What was accepted once is still read. */
const RECORDED_DAYS_MAX = 366;

/** The limits of a request; faults are reported under `path[i]`. Ids are not taken from callers. */
export const fromProtoLimits = (
  limits: readonly typeV1.Limit[],
  checks: RequestChecks,
  path = 'limits',
): readonly LimitSpec[] => {
  if (limits.length > LIMITS_MAX) {
    checks.fault(path, `must have at most ${LIMITS_MAX} limits`);
    return [];
  }
  return limits.flatMap((limit, index) => fromProtoLimit(limit, checks, `${path}[${index}]`) ?? []);
};

const fromProtoLimit = (limit: typeV1.Limit, checks: RequestChecks, path: string): LimitSpec | undefined => {
  if (limit.raise) checks.fault(`${path}.raise`, 'comes by RaiseProvisionLimit');
  if (limit.kind?.$case === 'budget') {
    if ((limit.kind.value.reset?.everyDays ?? 0) > EVERY_DAYS_MAX) {
      checks.fault(`${path}.budget.reset.every_days`, `must be 1 to ${EVERY_DAYS_MAX}`);
      return undefined;
    }
  }
  const { name } = limit;
  if (name !== undefined) checks.text(`${path}.name`, name, { min: 1, max: NAME_MAX });
  return fromProtoSpec(limit, checks, path);
};

const fromProtoSpec = (limit: typeV1.Limit, checks: RequestChecks, path: string): LimitSpec | undefined => {
  const bounding = fromProtoBounding(limit, checks, path);
  return bounding && { ...bounding, ...(limit.name !== undefined && { name: limit.name }) };
};

const fromProtoBounding = (
  limit: typeV1.Limit,
  checks: RequestChecks,
  path: string,
): LimitSpec | undefined => {
  switch (limit.kind?.$case) {
    case 'budget':
      return fromProtoBudget(limit.kind.value, checks, `${path}.budget`);
    case 'rateLimit':
      return fromProtoRateLimit(limit.kind.value, checks, `${path}.rate_limit`);
    case undefined:
      checks.fault(path, 'must be a budget or a rate limit');
      return undefined;
  }
};

const fromProtoBudget = (
  budget: typeV1.Budget,
  checks: RequestChecks,
  path: string,
): LimitSpec | undefined => {
  const reset = fromProtoReset(budget.reset, checks, `${path}.reset`);
  if (budget.amount === undefined) {
    checks.fault(path, 'must have an amount: nano_usd or tokens');
    return undefined;
  }
  const { $case, value } = budget.amount;
  if (!positive(value, checks, `${path}.${$case === 'nanoUsd' ? 'nano_usd' : 'tokens'}`) || !reset)
    return undefined;
  const { strict } = budget;
  const alerts = fromProtoAlerts(budget.alerts, checks, `${path}.alerts`);
  return $case === 'nanoUsd'
    ? { kind: 'budget', unit: 'nanoUsd', amount: nanoUsd(value), reset, strict, ...alerts }
    : { kind: 'budget', unit: 'tokens', amount: value, reset, strict, ...alerts };
};

const fromProtoAlerts = (
  alerts: typeV1.AlertThresholds | undefined,
  checks: RequestChecks,
  path: string,
): { readonly alerts?: Alerts } => {
  if (!alerts) return {};
  const percents = [...new Set(alerts.percents)].sort((a, b) => a - b);
  if (percents.length > ALERTS_MAX) checks.fault(`${path}.percents`, `must be at most ${ALERTS_MAX}`);
  if (percents.some((percent) => percent < 1 || percent > 100))
    checks.fault(`${path}.percents`, 'must each be 1 to 100');
  return { alerts: percents };
};

const fromProtoReset = (
  reset: typeV1.ResetRule | undefined,
  checks: RequestChecks,
  path: string,
): ResetRule | undefined => {
  const period = reset?.period ?? typeV1.ResetPeriod.UNSPECIFIED;
  const everyDays = reset?.everyDays ?? 0;
  if (period !== typeV1.ResetPeriod.DAYS && everyDays !== 0) {
    checks.fault(`${path}.every_days`, 'goes with RESET_PERIOD_DAYS only');
    return undefined;
  }
  const calendar = fromProtoCalendar(reset, period, checks, path);
  if (!calendar) return undefined;
  const { weekday, ...zone } = calendar;
  switch (period) {
    case typeV1.ResetPeriod.NEVER:
      return { period: 'never' };
    case typeV1.ResetPeriod.WEEKLY:
      return { period: 'weekly', ...(weekday && { weekday }), ...zone };
    case typeV1.ResetPeriod.MONTHLY:
      return { period: 'monthly', ...zone };
    case typeV1.ResetPeriod.DAYS:
      if (everyDays >= 1 && everyDays <= RECORDED_DAYS_MAX) return { period: 'days', everyDays, ...zone };
      checks.fault(`${path}.every_days`, `must be 1 to ${EVERY_DAYS_MAX}`);
      return undefined;
    case typeV1.ResetPeriod.UNSPECIFIED:
    default:
      checks.fault(`${path}.period`, 'must be a known reset period');
      return undefined;
  }
};

interface Calendar {
  readonly weekday?: Weekday;
  readonly timeZone?: string;
}

/** What is said of weekday and zone; what says nothing new is not kept. */
const fromProtoCalendar = (
  reset: typeV1.ResetRule | undefined,
  period: typeV1.ResetPeriod,
  checks: RequestChecks,
  path: string,
): Calendar | undefined => {
  const { weekday: day, timeZone } = reset ?? {};
  const weekday = WEEKDAYS.find((name) => PROTO_WEEKDAYS[name] === day);
  const faults = [
    day !== undefined && weekday === undefined && (['weekday', 'must be a known weekday'] as const),
    weekday !== undefined &&
      period !== typeV1.ResetPeriod.WEEKLY &&
      (['weekday', 'goes with RESET_PERIOD_WEEKLY only'] as const),
    timeZone !== undefined &&
      !isTimeZone(timeZone) &&
      (['time_zone', 'must be the name of a time zone, e.g. Europe/Berlin'] as const),
    timeZone !== undefined &&
      period === typeV1.ResetPeriod.NEVER &&
      (['time_zone', 'goes with periods that end'] as const),
  ].filter((fault) => fault !== false);
  for (const [field, what] of faults) checks.fault(`${path}.${field}`, what);
  if (faults.length > 0) return undefined;
  return {
    ...(weekday !== undefined && weekday !== 'sunday' && { weekday }),
    ...(timeZone !== undefined && timeZone !== 'UTC' && { timeZone }),
  };
};

const fromProtoRateLimit = (
  rate: typeV1.RateLimit,
  checks: RequestChecks,
  path: string,
): LimitSpec | undefined => {
  const window = (Object.keys(RATE_WINDOWS) as RateWindow[]).find((key) => RATE_WINDOWS[key] === rate.window);
  if (!window) checks.fault(`${path}.window`, 'must be a known window');
  const known = rate.unit === typeV1.RateUnit.REQUESTS || rate.unit === typeV1.RateUnit.TOKENS;
  if (!known) checks.fault(`${path}.unit`, 'must be requests or tokens');
  if (!positive(rate.quota, checks, `${path}.quota`) || !window || !known) return undefined;
  const unit = rate.unit === typeV1.RateUnit.REQUESTS ? 'requests' : 'tokens';
  return { kind: 'rate', unit, amount: rate.quota, window };
};

const positive = (value: bigint, checks: RequestChecks, path: string): boolean => {
  if (value >= 1n && value <= LIMIT_AMOUNT_MAX) return true;
  checks.fault(path, `must be 1 to ${LIMIT_AMOUNT_MAX}`);
  return false;
};

export const toProtoLimit = (limit: Limit): typeV1.Limit => ({
  id: limit.id,
  kind: toProtoKind(limit),
  ...(limit.raise && { raise: limit.raise }),
  ...(limit.name !== undefined && { name: limit.name }),
});

const toProtoKind = (limit: Limit): typeV1.Limit['kind'] => {
  if (limit.kind === 'rate') {
    const unit = limit.unit === 'requests' ? typeV1.RateUnit.REQUESTS : typeV1.RateUnit.TOKENS;
    return {
      $case: 'rateLimit',
      value: { unit, window: RATE_WINDOWS[limit.window], quota: limit.amount },
    };
  }
  const amount: typeV1.Budget['amount'] =
    limit.unit === 'nanoUsd'
      ? { $case: 'nanoUsd', value: limit.amount }
      : { $case: 'tokens', value: limit.amount };
  return {
    $case: 'budget',
    value: {
      amount,
      reset: toProtoReset(limit.reset),
      strict: limit.strict,
      ...(limit.alerts && { alerts: { percents: [...limit.alerts] } }),
    },
  };
};

const toProtoReset = (reset: ResetRule): typeV1.ResetRule => {
  switch (reset.period) {
    case 'never':
      return { period: typeV1.ResetPeriod.NEVER, everyDays: 0 };
    case 'weekly': {
      const weekday = reset.weekday && { weekday: PROTO_WEEKDAYS[reset.weekday] };
      return { period: typeV1.ResetPeriod.WEEKLY, everyDays: 0, ...weekday, ...zoneOf(reset) };
    }
    case 'monthly':
      return { period: typeV1.ResetPeriod.MONTHLY, everyDays: 0, ...zoneOf(reset) };
    case 'days':
      return { period: typeV1.ResetPeriod.DAYS, everyDays: reset.everyDays, ...zoneOf(reset) };
  }
};

const zoneOf = ({ timeZone }: Calendar): { timeZone?: string } =>
  timeZone === undefined ? {} : { timeZone };

/** A limit as an event recorded it. Throws where the record is not one that `toProtoLimit` made. */
export const fromRecordedLimit = (recorded: typeV1.Limit, checks: RequestChecks): Limit => {
  const spec = fromProtoSpec(recorded, checks, 'limit');
  checks.done();
  if (!spec) throw new Error('a recorded limit has no kind');
  return {
    ...spec,
    id: limitId(recorded.id),
    ...(recorded.raise && { raise: fromRecordedRaise(recorded.raise) }),
  };
};

const fromRecordedRaise = ({ more, until }: typeV1.Raise): Raise => {
  if (!until) throw new Error('a recorded raise has no end');
  return { more, until };
};
