import { limitsInWords, type WholeLimitLike } from '../limits/limit-words';
import { count, inWords, moment, usd } from '../ui/words';

/** JSON of an event's data, in which 64-bit integers are decimal texts and what is empty is left out. */
export type Recorded = Readonly<Record<string, unknown>>;

/** What is recorded of a field, for people. */
export const recordedInWords = (field: string, value: unknown): string => {
  const words = FIELDS[field];
  return words ? words(value) : anyInWords(value);
};

const FIELDS: Readonly<Record<string, (value: unknown) => string>> = {
  limits: (value) => limitsInWords((Array.isArray(value) ? (value as Recorded[]) : []).map(limitOf)),
  models: (value) => modelsInWords(value),
  prices: (value) => pricesInWords(value),
  priceMultiplier: (value) => `${Number(value ?? 10_000) / 100} % of the price book`,
  expiresAt: (value) => (typeof value === 'string' ? moment(value) : 'never'),
  credentialExpiresAt: (value) => (typeof value === 'string' ? moment(value) : 'never'),
};

const NANO_PLACES = 9;

/** Nano-USD as decimal USD: no float touches money. */
const usdOf = (nano: unknown): string => {
  const digits = String(nano ?? '0').padStart(NANO_PLACES + 1, '0');
  return `${digits.slice(0, -NANO_PLACES)}.${digits.slice(-NANO_PLACES)}`;
};

const wordOf = (value: unknown, prefix: string): string =>
  String(value ?? '')
    .replace(prefix, '')
    .toLowerCase();

const limitOf = ({ budget, rateLimit }: Recorded): WholeLimitLike => {
  if (rateLimit) {
    const { unit, window, quota } = rateLimit as Recorded;
    return {
      kind: 'rate',
      unit: wordOf(unit, 'RATE_UNIT_') === 'tokens' ? 'tokens' : 'requests',
      amount: String(quota ?? '0'),
      per: wordOf(window, 'RATE_WINDOW_') as 'minute' | 'hour' | 'day',
    };
  }
  const { nanoUsd, tokens, reset } = (budget ?? {}) as Recorded;
  const { period, everyDays } = (reset ?? {}) as Recorded;
  return {
    kind: 'budget',
    unit: tokens === undefined ? 'usd' : 'tokens',
    amount: tokens === undefined ? usdOf(nanoUsd) : String(tokens),
    reset: wordOf(period, 'RESET_PERIOD_') as 'never' | 'weekly' | 'monthly' | 'days',
    reset_days: typeof everyDays === 'number' ? everyDays : null,
  };
};

const modelsInWords = (value: unknown): string => {
  const { all, names } = (value ?? {}) as Recorded;
  if (all === true || value === undefined || value === null) return 'all';
  return Array.isArray(names) ? names.join(', ') : 'none';
};

/** `input $2.50, output $10.00 per million`. */
const pricesInWords = (value: unknown): string => {
  const { rates } = (value ?? {}) as Recorded;
  const said = Object.entries((rates ?? {}) as Recorded);
  if (said.length === 0) return 'unknown';
  return `${said.map(([name, nano]) => `${spaced(name)} ${usd(usdOf(nano))}`).join(', ')} per million`;
};

const spaced = (name: string): string => inWords(name).toLowerCase();

/** `alias: fast; deployment name: gpt-4o-eu`. */
const anyInWords = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(anyInWords).join(', ') || 'nothing';
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(
          ([name, part]) => `${spaced(name)}: ${name === 'prices' ? pricesInWords(part) : anyInWords(part)}`,
        )
        .join('; ') || 'nothing'
    );
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return moment(text);
  if (/^[A-Z]+(_[A-Z]+)*_ROLE_[A-Z_]+$/.test(text))
    return text
      .replace(/^.*_ROLE_/, '')
      .replaceAll('_', ' ')
      .toLowerCase();
  return /^\d{4,18}$/.test(text) ? count(text) : text;
};
