import fc from 'fast-check';
import { shifted, shiftedRounded, unshifted, usdIn } from './decimals';

it.each([
  [10, 9, 10_000_000_000n],
  [0.1, 9, 100_000_000n],
  [1e-9, 9, 1n],
  [1e-10, 9, undefined],
  [9e18, 0, 9n * 10n ** 18n],
  [1e19, 0, undefined],
  [1e11, 9, undefined],
  [1e300, 13, undefined],
  [0.000125, 13, 1_250_000_000n],
  [1.5, 0, undefined],
])('moves %p by %p places: %p', (value, places, wanted) => {
  expect(shifted(value, places)).toBe(wanted);
});

it('rounds what is too small, the half away from zero', () => {
  expect([1.4e-13, 1.5e-13, 1.05e-12, 4e-14].map((value) => shiftedRounded(value, 13))).toEqual([
    1n,
    2n,
    11n,
    0n,
  ]);
});

it.each([922_337.2, 922_338, 1e300])('rounds to no more than the gRPC APIs have numbers for: %p', (value) => {
  expect(shiftedRounded(value, 13)).toBe(value === 922_337.2 ? 9_223_372_000_000_000_000n : undefined);
});

it('comes back exactly from a number of JSON: prices below 100 cents a token, budgets below a million dollars', () => {
  for (const [places, max] of [
    [13, 10n ** 15n],
    [9, 10n ** 15n],
  ] as const) {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max }), (amount) => {
        const sent = JSON.parse(JSON.stringify(unshifted(amount, places))) as number;
        expect(shifted(sent, places)).toBe(amount);
      }),
    );
  }
});

it.each(['1000000000', '0.0000000001', '-1', '1e5', ''])(
  'takes no %p for USD, and says what it takes',
  (text) => {
    expect(() => usdIn(text, 'amount')).toThrow('below a billion, with at most nine decimals');
  },
);
