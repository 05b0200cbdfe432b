import { AppError, INT64_MAX, invalidField, parseUsd } from '@gatehouse/kernel';

/**
 * A number of JSON, moved so many decimal places to the left, exactly as it was written; undefined where digits would be lost, or where
 * it is more than the gRPC APIs have numbers for. No float touches money: its shortest decimal text is what was meant.
 */
export const shifted = (value: number, places: number): bigint | undefined => {
  const { digits, divisor } = ratioOf(value, places);
  return digits % divisor === 0n ? sayable(digits / divisor) : undefined;
};

/** The same, where what is too small to be said is rounded, the half away from zero. */
export const shiftedRounded = (value: number, places: number): bigint | undefined => {
  const { digits, divisor } = ratioOf(value, places);
  return sayable((digits + divisor / 2n) / divisor);
};

const sayable = (amount: bigint): bigint | undefined => (amount > INT64_MAX ? undefined : amount);

/** An amount as the number of JSON that is so many places smaller. */
export const unshifted = (amount: bigint, places: number): number => Number(`${amount}e-${places}`);

/** USD as decimal text, in nano-USD. INVALID, by the field's name, where it is none. */
export const usdIn = (text: string, field: string): bigint => {
  try {
    return parseUsd(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw invalidField(field, 'must be a decimal number below a billion, with at most nine decimals');
  }
};

/** Of a number that is finite and not negative: what it is so many places to the left, as a fraction. */
const ratioOf = (value: number, places: number): { digits: bigint; divisor: bigint } => {
  const [, whole = '0', fraction = '', power = '0'] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const digits = BigInt(whole + fraction);
  const left = Number(power) - fraction.length + places;
  return left >= 0
    ? { digits: digits * 10n ** BigInt(left), divisor: 1n }
    : { digits, divisor: 10n ** BigInt(-left) };
};
