import { AppError } from './app-error';
import type { Brand } from './brand';

/** An amount of money: 10⁻⁹ US dollars. No float touches money. */
export type NanoUsd = Brand<bigint, 'NanoUsd'>;
/** A price: nano-USD per million tokens. */
export type NanoUsdPerMillion = Brand<bigint, 'NanoUsdPerMillion'>;

/** Largest value that an int64 on the wire can carry. */
export const INT64_MAX = 9_223_372_036_854_775_807n;

export const nanoUsd = (amount: bigint): NanoUsd => {
  if (amount < 0n || amount > INT64_MAX) throw new AppError('INVALID', 'AMOUNT_OUT_OF_RANGE');
  return amount as NanoUsd;
};

export const nanoUsdPerMillion = (price: bigint): NanoUsdPerMillion => {
  if (price < 0n || price > INT64_MAX) throw new AppError('INVALID', 'PRICE_OUT_OF_RANGE');
  return price as NanoUsdPerMillion;
};

/** `1.5` for 1_500_000_000 nano-USD: exact, for people and headers; at least two decimals. */
export const formatUsd = (amount: bigint): string => {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0');
  const point = digits.length - 9;
  let end = digits.length;
  while (end > point + 2 && digits.charCodeAt(end - 1) === 0x30) end--;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point, end)}`;
};

/** Parses a decimal number of dollars with at most nine decimals, exactly. */
export const parseUsd = (text: string): NanoUsd => {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (!match) throw new AppError('INVALID', 'USD_MALFORMED', { metadata: { text, expected: '12.50' } });
  return nanoUsd(BigInt(match[1] ?? '0') * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0')));
};
