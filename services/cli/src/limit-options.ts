import { AppError, parseUsd } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Limits as they stand on a command line. */
export interface LimitOptions {
  readonly budgetUsd?: string;
  readonly budgetTokens?: string;
  readonly reset: string;
  readonly weekday?: string;
  readonly timeZone?: string;
  readonly strict?: boolean;
  readonly alerts?: string;
  readonly requestsPer?: readonly string[];
  readonly tokensPer?: readonly string[];
}

const MONTHLY = 'monthly';

const WEEKDAYS: Readonly<Record<string, typeV1.Weekday>> = {
  monday: typeV1.Weekday.MONDAY,
  tuesday: typeV1.Weekday.TUESDAY,
  wednesday: typeV1.Weekday.WEDNESDAY,
  thursday: typeV1.Weekday.THURSDAY,
  friday: typeV1.Weekday.FRIDAY,
  saturday: typeV1.Weekday.SATURDAY,
  sunday: typeV1.Weekday.SUNDAY,
};

export const withLimitOptions = (command: Command): Command =>
  command
    .option('--budget-usd <amount>', 'budget in US dollars, e.g. 12.50')
    .option('--budget-tokens <count>', 'budget in tokens')
    .addOption(new Option('--budget <amount>').hideHelp().argParser(withoutUnit))
    .addOption(
      new Option('--reset <rule>', 'when budgets start anew: never, weekly, monthly, or e.g. 10d').default(
        MONTHLY,
      ),
    )
    .addOption(new Option('--weekday <day>', 'on which day weeks begin').choices(Object.keys(WEEKDAYS)))
    .option('--time-zone <name>', 'where periods begin at midnight, e.g. Europe/Berlin (UTC if not given)')
    .option('--strict', 'keep the doubt of cut streams charged')
    .option('--alerts <percents>', 'at which shares of budgets somebody is told, e.g. 50,90, or none')
    .option('--requests-per <window=count...>', 'rate limit, e.g. minute=60; windows: minute, hour, day')
    .option('--tokens-per <window=count...>', 'rate limit, e.g. hour=100000');

/** Limits that take the place of others. */
export interface NewLimitOptions extends LimitOptions {
  readonly none?: boolean;
}

/** Of a command that replaces limits. */
export const withNewLimitOptions = (command: Command): Command =>
  withLimitOptions(command).option('--none', 'no limits: take away those that there are');

const withoutUnit = (amount: string): never => {
  throw new InvalidArgumentError(`Of what? Say --budget-usd ${amount} or --budget-tokens ${amount}.`);
};

const WINDOWS = new Map([
  ['minute', typeV1.RateWindow.MINUTE],
  ['hour', typeV1.RateWindow.HOUR],
  ['day', typeV1.RateWindow.DAY],
]);

/** INVALID where a text is not a limit, or a budget is spoken of and none given; the server checks the rest. */
export const parseLimits = (options: LimitOptions): typeV1.Limit[] => {
  const budget = (amount: typeV1.Budget['amount']): typeV1.Limit => ({
    id: '',
    kind: {
      $case: 'budget',
      value: {
        amount,
        reset: resetOf(options),
        strict: options.strict ?? false,
        ...(options.alerts !== undefined && { alerts: { percents: parseAlerts(options.alerts) } }),
      },
    },
  });
  const limits: typeV1.Limit[] = [];
  if (options.budgetUsd !== undefined)
    limits.push(budget({ $case: 'nanoUsd', value: parseUsd(options.budgetUsd) }));
  if (options.budgetTokens !== undefined) {
    limits.push(budget({ $case: 'tokens', value: parseCount(options.budgetTokens) }));
  }
  if (limits.length === 0 && speaksOfBudget(options)) throw new AppError('INVALID', 'NEEDS_A_BUDGET');
  for (const text of options.requestsPer ?? []) limits.push(parseRate(text, typeV1.RateUnit.REQUESTS));
  for (const text of options.tokensPer ?? []) limits.push(parseRate(text, typeV1.RateUnit.TOKENS));
  return limits;
};

/** INVALID as `parseLimits`; `NEEDS_LIMITS` where there are none: whoever wants to bound nothing any more says so. */
export const parseNewLimits = ({ none = false, ...options }: NewLimitOptions): typeV1.Limit[] => {
  const limits = parseLimits(options);
  if (none === limits.length > 0) {
    const expected = 'limits, or --none to take away those that there are';
    throw new AppError('INVALID', none ? 'LIMITS_OR_NONE' : 'NEEDS_LIMITS', { metadata: { expected } });
  }
  return limits;
};

/** Whether there is what says nothing without a budget. That one is reset monthly is said by default. */
const speaksOfBudget = ({ reset, strict, alerts, weekday, timeZone }: LimitOptions): boolean =>
  reset !== MONTHLY || [strict, alerts, weekday, timeZone].some((said) => said !== undefined);

/** Whether two limits are of one kind, unit and window, of which a list has one. */
export const boundsSame = ({ kind: some }: typeV1.Limit, { kind: other }: typeV1.Limit): boolean => {
  if (some?.$case === 'budget' && other?.$case === 'budget') {
    return some.value.amount?.$case === other.value.amount?.$case;
  }
  if (some?.$case !== 'rateLimit' || other?.$case !== 'rateLimit') return false;
  return some.value.unit === other.value.unit && some.value.window === other.value.window;
};

/** In the limit's unit. */
export const amountOf = ({ kind }: typeV1.Limit): bigint =>
  kind?.$case === 'rateLimit' ? kind.value.quota : (kind?.value.amount?.value ?? 0n);

const parseRate = (text: string, unit: typeV1.RateUnit): typeV1.Limit => {
  const [name = '', ...counts] = text.split('=');
  const window = WINDOWS.get(name);
  if (window === undefined)
    throw new AppError('INVALID', 'RATE_LIMIT_MALFORMED', { metadata: { text, expected: 'minute=60' } });
  return {
    id: '',
    kind: { $case: 'rateLimit', value: { unit, window, quota: parseCount(counts.join('=')) } },
  };
};

const resetOf = ({ reset, weekday, timeZone }: LimitOptions): typeV1.ResetRule => ({
  ...parseReset(reset),
  ...(weekday !== undefined && { weekday: WEEKDAYS[weekday] ?? typeV1.Weekday.UNSPECIFIED }),
  ...(timeZone !== undefined && { timeZone }),
});

const parseAlerts = (text: string): number[] =>
  text === 'none' ? [] : text.split(',').map((percent) => parseSmallCount(percent.trim()));

const PERIODS = new Map([
  ['never', typeV1.ResetPeriod.NEVER],
  ['weekly', typeV1.ResetPeriod.WEEKLY],
  [MONTHLY, typeV1.ResetPeriod.MONTHLY],
]);

const parseReset = (text: string): typeV1.ResetRule => {
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  if (days !== undefined) return { period: typeV1.ResetPeriod.DAYS, everyDays: Number(days) };
  const period = PERIODS.get(text);
  if (period === undefined) {
    const expected = `${[...PERIODS.keys()].join(', ')}, or e.g. 10d`;
    throw new AppError('INVALID', 'RESET_MALFORMED', { metadata: { text, expected } });
  }
  return { period, everyDays: 0 };
};

/** A whole number that fits the wire. */
export const parseCount = (text: string): bigint => {
  if (!/^\d{1,18}$/.test(text)) throw countMalformed(text);
  return BigInt(text);
};

const SMALL_MAX = 2n ** 31n - 1n;

/** One that fits 32 bits of the wire. */
export const parseSmallCount = (text: string): number => {
  const count = parseCount(text);
  if (count > SMALL_MAX) throw countMalformed(text);
  return Number(count);
};

const countMalformed = (text: string): AppError =>
  new AppError('INVALID', 'COUNT_MALFORMED', { metadata: { text, expected: 'a whole number' } });
