const NANO_DECIMALS = 9;
const PER_MILLION = 1_000_000n;

/** A decimal number, exactly: `digits` ÷ 10^`decimals`. */
interface Decimal {
  readonly digits: bigint;
  readonly decimals: number;
}

/**
 * The decimal number that somebody wrote down in JSON. Reading made a double of it, whose shortest spelling is what was
 * written, for all that has no more than 15 digits. Throws on what is negative, or no finite number.
 */
const decimalOf = (written: number): Decimal => {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(written));
  if (!match) throw new Error(`${written} is no price`);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  return { digits: BigInt(whole + fraction), decimals: fraction.length - Number(exponent) };
};

/**
 * Dollars for a number of units as nano-USD per million of them, rounded up where it comes out even nowhere: no price is
 * ever too low, and 0 alone is 0.
 */
export const nanoUsdPerMillionRoundedUp = (dollars: number, perUnits: bigint): bigint => {
  const { digits, decimals } = decimalOf(dollars);
  const scale = NANO_DECIMALS - decimals;
  const nano = digits * PER_MILLION * 10n ** BigInt(Math.max(0, scale));
  const divisor = perUnits * 10n ** BigInt(Math.max(0, -scale));
  return (nano + divisor - 1n) / divisor;
};
