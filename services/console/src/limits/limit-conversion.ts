import { invalidField } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { shifted, unshifted } from '../rest/decimals';
import { unsupported } from '../rest/requests-in';
import type { RateLimit, RateLimitAnswer, UsageLimit, UsageLimitAnswer } from './limit.schema';

const NANO_USD = 9;
const { RateUnit, RateWindow, ResetPeriod } = typeV1;

const WINDOWS = { rpm: RateWindow.MINUTE, rph: RateWindow.HOUR, rpd: RateWindow.DAY } as const;

/** Everything that a holder is limited by, from the two lists of this API. */
export const fromRestLimits = (
  usage: readonly UsageLimit[] | null | undefined,
  rates: readonly RateLimit[] | null | undefined,
  path = '',
): typeV1.Limit[] => [
  ...(usage ?? []).map((limit, index) => fromRestUsageLimit(limit, `${path}usage_limits[${index}].`)),
  ...(rates ?? []).flatMap((limit, index) => fromRestRateLimit(limit, `${path}rate_limits[${index}].`)),
];

/** What limits are to be, by what they are. */
export type LimitsChange = (standing: readonly typeV1.Limit[]) => typeV1.Limit[];

/**
 * How the lists that are said change what a holder is limited by: undefined leaves one as it is, null clears it. Undefined where neither
 * is said.
 */
export const limitsChange = (
  usage: readonly UsageLimit[] | null | undefined,
  rates: readonly RateLimit[] | null | undefined,
): LimitsChange | undefined => {
  if (usage === undefined && rates === undefined) return undefined;
  // What cannot be said here is refused before anything is changed.
  const said = fromRestLimits(usage, rates);
  return (standing) => [
    ...standing
      .filter(({ kind }) => (kind?.$case === 'budget' ? usage : rates) === undefined)
      // An id or a raise is not taken from who changes limits: they stay with what stays.
      .map(({ kind, name }) => ({ id: '', kind, name, raise: undefined })),
    ...keepingUnsaid(standing, said),
  ];
};

/**
 * What is said in place of what stands. A limit of the same type, and of a rate the same window, is the same one, as it is for
 * provisioning: it keeps what this API has no words for.
 */
export const keepingUnsaid = (
  standing: readonly typeV1.Limit[],
  said: readonly typeV1.Limit[],
): typeV1.Limit[] => {
  const before = new Map(standing.map((limit) => [slotOf(limit), limit]));
  return said.map((limit) => keepingUnsaidOf(before.get(slotOf(limit)), limit));
};

const slotOf = ({ kind }: typeV1.Limit): string =>
  kind?.$case === 'rateLimit'
    ? `${kind.value.unit} ${kind.value.window}`
    : (kind?.value.amount?.$case ?? 'nothing');

const keepingUnsaidOf = (before: typeV1.Limit | undefined, said: typeV1.Limit): typeV1.Limit => {
  const named = { ...said, name: before?.name };
  if (said.kind?.$case !== 'budget' || before?.kind?.$case !== 'budget') return named;
  const { value: stood } = before.kind;
  const { value: budget } = said.kind;
  const value = {
    ...budget,
    strict: stood.strict,
    reset: keepingDays(stood.reset, budget.reset),
    alerts: budget.alerts ?? unsayable(stood.alerts),
  };
  return { ...named, kind: { $case: 'budget', value } };
};

/** Days begin where they did, and weeks on the day that they did, as far as there still are any. */
export const keepingDays = (
  stood: typeV1.ResetRule | undefined,
  said: typeV1.ResetRule | undefined,
): typeV1.ResetRule | undefined => {
  if (said === undefined || said.period === ResetPeriod.NEVER) return said;
  const weekday = said.period === ResetPeriod.WEEKLY ? stood?.weekday : undefined;
  return { ...said, weekday, timeZone: stood?.timeZone };
};

/** Shares that are answered as none: whoever says none has not taken them away. */
export const unsayable = (alerts: typeV1.AlertThresholds | undefined): typeV1.AlertThresholds | undefined =>
  alerts?.percents.length === 1 ? undefined : alerts;

export const fromRestUsageLimit = (limit: UsageLimit, path: string): typeV1.Limit => {
  const places = limit.type === 'cost' ? NANO_USD : 0;
  const amount = shifted(limit.credit_limit, places);
  if (amount === undefined)
    throw invalidField(
      `${path}credit_limit`,
      places === 0
        ? 'must be whole tokens, at most 9e18'
        : 'must have at most nine decimals, and be at most 9e9',
    );
  const budget = typeV1.Budget.fromPartial({
    amount: limit.type === 'cost' ? { $case: 'nanoUsd', value: amount } : { $case: 'tokens', value: amount },
    reset: fromRestReset(limit, path),
    alerts: fromRestThreshold(limit, amount, places, path),
  });
  return typeV1.Limit.fromPartial({ kind: { $case: 'budget', value: budget } });
};

const fromRestReset = (
  { periodic_reset: named, periodic_reset_days: days }: UsageLimit,
  path: string,
): typeV1.ResetRule => {
  if (named && days) throw invalidField(`${path}periodic_reset_days`, 'must be absent beside periodic_reset');
  if (days) return typeV1.ResetRule.fromPartial({ period: ResetPeriod.DAYS, everyDays: days });
  if (named === 'monthly') return typeV1.ResetRule.fromPartial({ period: ResetPeriod.MONTHLY });
  return typeV1.ResetRule.fromPartial({
    period: named === 'weekly' ? ResetPeriod.WEEKLY : ResetPeriod.NEVER,
  });
};

/**
 * An amount here, a share in percent there: what is no whole share cannot be said, and what is answered of one is one, were it half a
 * token. Absent: at the shares by default.
 */
const fromRestThreshold = (
  { alert_threshold: threshold, credit_limit: limit }: UsageLimit,
  amount: bigint,
  places: number,
  path: string,
): typeV1.AlertThresholds | undefined => {
  if (threshold === null || threshold === undefined) return undefined;
  const percent = Math.round((100 * threshold) / limit);
  if (percent < 1 || percent > 100 || threshold !== shareOf(amount, percent, places))
    throw unsupported(`${path}alert_threshold`, 'must be a whole percentage of credit_limit, 1 to 100 of it');
  return { percents: [percent] };
};

/** As it is answered. */
const shareOf = (amount: bigint, percent: number, places: number): number =>
  unshifted(amount * BigInt(percent), places + 2);

export const fromRestRateLimit = ({ type, unit, value: quota }: RateLimit, path: string): typeV1.Limit[] => {
  if (unit === 'rps' || unit === 'rpw')
    throw unsupported(
      `${path}unit`,
      'must be rpm, rph or rpd: windows of a second or a week are not limited here',
    );
  if (quota === 0) return [];
  const value = {
    unit: type === 'requests' ? RateUnit.REQUESTS : RateUnit.TOKENS,
    window: WINDOWS[unit],
    quota: BigInt(quota),
  };
  return [typeV1.Limit.fromPartial({ kind: { $case: 'rateLimit', value } })];
};

/** All that a holder is limited by, in the order in which it was said. */
export const toRestLimits = (
  limits: readonly typeV1.Limit[],
): { usage_limits: UsageLimitAnswer[]; rate_limits: RateLimitAnswer[] } => ({
  usage_limits: limits.flatMap(({ kind }) =>
    kind?.$case === 'budget' ? [toRestUsageLimit(kind.value)] : [],
  ),
  rate_limits: limits.flatMap(({ kind }) =>
    kind?.$case === 'rateLimit' ? [toRestRateLimit(kind.value)] : [],
  ),
});

/** The same, where no limits are null: PyPI's SDK takes no list of none, and Terraform finds what it did not send. */
export const toRestLimitsOrNull = (
  limits: readonly typeV1.Limit[],
): { usage_limits: UsageLimitAnswer[] | null; rate_limits: RateLimitAnswer[] | null } => {
  const { usage_limits: usage, rate_limits: rates } = toRestLimits(limits);
  const orNull = <T>(list: T[]): T[] | null => (list.length === 0 ? null : list);
  return { usage_limits: orNull(usage), rate_limits: orNull(rates) };
};

export const toRestUsageLimit = ({ amount, reset, alerts }: typeV1.Budget): UsageLimitAnswer => {
  const [type, places, units] =
    amount?.$case === 'nanoUsd'
      ? (['cost', NANO_USD, amount.value] as const)
      : (['tokens', 0, amount?.value ?? 0n] as const);
  const [percent, ...others] = alerts?.percents ?? [];
  return {
    type,
    credit_limit: unshifted(units, places),
    alert_threshold: percent === undefined || others.length > 0 ? null : shareOf(units, percent, places),
    periodic_reset: NAMED_RESETS.get(reset?.period ?? ResetPeriod.NEVER) ?? null,
    periodic_reset_days: reset?.period === ResetPeriod.DAYS ? reset.everyDays : null,
  };
};

const NAMED_RESETS: ReadonlyMap<typeV1.ResetPeriod, 'weekly' | 'monthly'> = new Map([
  [ResetPeriod.WEEKLY, 'weekly'],
  [ResetPeriod.MONTHLY, 'monthly'],
]);

export const toRestRateLimit = ({ unit, window, quota }: typeV1.RateLimit): RateLimitAnswer => ({
  type: unit === RateUnit.TOKENS ? 'tokens' : 'requests',
  unit: window === RateWindow.DAY ? 'rpd' : window === RateWindow.HOUR ? 'rph' : 'rpm',
  value: Number(quota),
});
