import { AppError, invalidField, parseUsd } from '@gatehouse/kernel';

/**
 * A number of JSON, moved so many decimal places to the left, exactly as it was written; undefined where digits would be lost.
 * No float touches money: its shortest decimal text is what was meant.
 */
export const shifted = (value: number, places: number): bigint | undefined => {
  const { digits, exponent } = decimalOf(value);
  const left = exponent + places;
  if (left >= 0) return digits * 10n ** BigInt(left);
  const divisor = 10n ** BigInt(-left);
  return digits % divisor === 0n ? digits / divisor : undefined;
};

/** The same, where what is too small to be said is rounded, the half away from zero. */
export const shiftedRounded = (value: number, places: number): bigint => {
  const exact = shifted(value, places);
  if (exact !== undefined) return exact;
  const { digits, exponent } = decimalOf(value);
  const divisor = 10n ** BigInt(-(exponent + places));
  return (digits + divisor / 2n) / divisor;
};

/** An amount as the number of JSON that is so many places smaller. */
export const unshifted = (amount: bigint, places: number): number => Number(`${amount}e-${places}`);

/** USD as decimal text, in nano-USD. INVALID, by the field's name, where it is none. */
export const usdIn = (text: string, field: string): bigint => {
  try {
    return parseUsd(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw invalidField(field, 'must be a decimal number with at most nine decimals');
  }
};

/** Of a number that is finite and not negative. */
const decimalOf = (value: number): { digits: bigint; exponent: number } => {
  const [, whole = '0', fraction = '', power = '0'] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
};
