const LOCALE = 'en-US';
const grouped = new Intl.NumberFormat(LOCALE);
const instant = new Intl.DateTimeFormat(LOCALE, {
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  hourCycle: 'h23',
  timeZone: 'UTC',
});

/** Of what nobody can say. */
export const UNKNOWN = 'unknown';

/** `1234.5` is `$1,234.50`. The digits stay as they were told: no float touches money. Unknown: null. */
export const usd = (decimal: string | null): string => {
  if (decimal === null) return UNKNOWN;
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  if (whole === '') return UNKNOWN;
  const cents = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${sign}$${grouped.format(BigInt(whole))}.${cents}`;
};

/** A count of tokens, requests, rows. Unknown: null. */
export const count = (value: number | bigint | string | null): string =>
  value === null ? UNKNOWN : grouped.format(BigInt(value));

/** `1 workspace`, `2 workspaces`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** In UTC, as limits reckon. Never: null. */
export const moment = (rfc3339: string | null): string =>
  rfc3339 === null ? 'never' : `${instant.format(new Date(rfc3339))} UTC`;

const AGES: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 days ago`. */
export const ago = (rfc3339: string | null, nowMs: number): string => {
  if (rfc3339 === null) return 'never';
  const seconds = (nowMs - Date.parse(rfc3339)) / 1_000;
  for (const [name, length] of AGES)
    if (seconds >= length) return `${counted(Math.floor(seconds / length), name)} ago`;
  return 'just now';
};

/** What is named as events and commands are: `ModelAllowed` is `Model allowed`. */
export const inWords = (name: string): string =>
  name.replace(
    /([a-z0-9])([A-Z])/g,
    (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
