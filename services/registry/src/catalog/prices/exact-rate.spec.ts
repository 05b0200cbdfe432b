import fc from 'fast-check';
import { nanoUsdPerMillionRoundedUp } from './exact-rate';

test.each([
  [0.15, 1_000_000n, 150_000_000n],
  [0.1 + 0.2, 1_000_000n, 300_000_001n],
  [0.0375, 1_000_000n, 37_500_000n],
  [1e-7, 1_000_000n, 100n],
  [1e-10, 1_000_000n, 1n],
  [1e21, 1_000_000n, 10n ** 30n],
  [0, 1n, 0n],
  // 10 dollars for a thousand searches; 0.36 for an hour.
  [10, 1_000n, 10_000_000_000_000n],
  [0.36, 3_600n, 100_000_000_000n],
  [0.02, 3_600n, 5_555_555_556n],
])('%d dollars for %d', (dollars, units, rate) =>
  expect(nanoUsdPerMillionRoundedUp(dollars, units)).toBe(rate),
);

test.each([-1, NaN, Infinity])('%d is no price', (dollars) =>
  expect(() => nanoUsdPerMillionRoundedUp(dollars, 1n)).toThrow('is no price'),
);

test('what is written with up to nine decimals comes out exactly', () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 999_999_999_999_999n), fc.integer({ min: 0, max: 9 }), (digits, decimals) => {
      const text = digits.toString().padStart(decimals + 1, '0');
      const split = text.length - decimals;
      const dollars = JSON.parse(`${text.slice(0, split)}.${text.slice(split)}0`) as number;
      const exact = digits * 10n ** BigInt(9 - decimals);
      expect(nanoUsdPerMillionRoundedUp(dollars, 1_000_000n)).toBe(exact);
    }),
  ));

test('what is rounded is rounded up, by less than one', () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 999_999_999n), fc.bigInt(1n, 10_000_000n), (cents, units) => {
      const dollars = JSON.parse(`${cents}e-2`) as number;
      const over = nanoUsdPerMillionRoundedUp(dollars, units) * units - cents * 10_000_000_000_000n;
      expect(over >= 0n && over < units).toBe(true);
    }),
  ));
