import * as fc from 'fast-check';
import { formatUsd, nanoUsd, nanoUsdPerMillion, parseUsd } from './money';

describe('money', () => {
  it('prints and parses dollars exactly', () => {
    expect(formatUsd(1_500_000_000n)).toBe('1.50');
    expect(formatUsd(1n)).toBe('0.000000001');
    expect(formatUsd(-20_000_000n)).toBe('-0.02');
    expect(formatUsd(0n)).toBe('0.00');
    expect(formatUsd(12_000_000_000n)).toBe('12.00');
    expect(formatUsd(1_030_500_000n)).toBe('1.0305');
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
    expect(() => nanoUsdPerMillion(-1n)).toThrow('PRICE_OUT_OF_RANGE');
    expect(() => nanoUsdPerMillion(1n << 63n)).toThrow('PRICE_OUT_OF_RANGE');
  });
});
