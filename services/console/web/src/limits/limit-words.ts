import type { WholeLimit } from '@gatehouse/console/limits/whole-limit.schema';
import { count, usd } from '../ui/words';

/** `$25.00 a month`, `1,000,000 tokens a week`, `60 requests a minute`. */
export const limitInWords = (limit: Omit<WholeLimitLike, 'id'>): string => {
  const amount = amountInWords(limit.unit, limit.amount);
  return limit.kind === 'rate'
    ? `${amount} ${limit.per === 'hour' ? 'an' : 'a'} ${limit.per ?? 'window'}`
    : `${amount}${resetInWords(limit)}`;
};

/** `$25.00`, `60 requests`. */
export const amountInWords = (unit: WholeLimitLike['unit'], amount: string): string =>
  unit === 'usd' ? usd(amount) : `${count(amount)} ${unit}`;

/** What a limit that is asked for and one that is answered have in common. */
export interface WholeLimitLike {
  readonly kind: 'budget' | 'rate';
  readonly unit: 'usd' | 'tokens' | 'requests';
  readonly amount: string;
  readonly per?: 'minute' | 'hour' | 'day' | null;
  readonly reset?: WholeReset | null;
  readonly reset_days?: number | null | undefined;
}

type WholeReset = Extract<WholeLimit, { kind: 'budget' }>['reset'];

const resetInWords = ({ reset, reset_days: days }: Pick<WholeLimitLike, 'reset' | 'reset_days'>): string => {
  if (reset === 'weekly') return ' a week';
  if (reset === 'monthly') return ' a month';
  if (reset === 'days') return ` every ${days ?? '?'} days`;
  return ', once';
};

export const limitsInWords = (limits: readonly WholeLimitLike[]): string =>
  limits.length === 0 ? 'no limits' : limits.map(limitInWords).join('; ');
