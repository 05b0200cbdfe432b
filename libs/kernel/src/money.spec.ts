import * as fc from 'fast-check';
import { costRoundedUp, formatUsd, nanoUsd, nanoUsdPerMillion, parseUsd } from './money';

describe('money', () => {
  it('costs exactly where it can, and rounds up where it cannot', () => {
    expect(costRoundedUp(3n, nanoUsdPerMillion(500_000_000n))).toBe(1_500n);
    expect(costRoundedUp(1n, nanoUsdPerMillion(37_500_000n))).toBe(38n);
    expect(costRoundedUp(1n, nanoUsdPerMillion(1n))).toBe(1n);
    expect(costRoundedUp(0n, nanoUsdPerMillion(500n))).toBe(0n);
  });

  it('prints and parses dollars exactly', () => {
    expect(formatUsd(1_500_000_000n)).toBe('1.50');
    expect(formatUsd(1n)).toBe('0.000000001');
    expect(formatUsd(-20_000_000n)).toBe('-0.02');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999_999n }), (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
      }),
    );
  });

  it.each(['', '-1', '1e3', '1.0000000001', '.5', 'NaN'])('refuses %p as dollars', (text) => {
    expect(() => parseUsd(text)).toThrow('USD_MALFORMED');
  });

  it('refuses amounts that do not fit the wire', () => {
    expect(() => nanoUsd(-1n)).toThrow('AMOUNT_OUT_OF_RANGE');
    expect(() => nanoUsd(1n << 63n)).toThrow('AMOUNT_OUT_OF_RANGE');
  });
});
