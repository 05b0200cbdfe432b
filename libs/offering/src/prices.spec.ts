import { type NanoUsdPerMillion, nanoUsdPerMillion } from '@gatehouse/kernel';
import fc from 'fast-check';
import { multipliedPrices, type Prices, RATE_UNITS, ratesFor } from './prices';

const tiered: Prices = {
  rates: { input: nanoUsdPerMillion(1n) },
  tiers: [
    { inputTokensAbove: 200n, rates: { input: nanoUsdPerMillion(2n) } },
    { inputTokensAbove: 500n, rates: { input: nanoUsdPerMillion(3n) } },
  ],
};

test.each([
  [0n, 1n],
  [200n, 1n],
  [201n, 2n],
  [500n, 2n],
  [501n, 3n],
])('the whole of a request with %d input tokens is at its tier', (tokens, rate) =>
  expect(ratesFor(tiered, tokens).input).toBe(rate),
);

const rate = fc.bigInt({ min: 0n, max: 1_000_000_000_000_000n }).map(nanoUsdPerMillion);
const rates = fc.record(
  Object.fromEntries(RATE_UNITS.map((unit) => [unit, rate])) as Record<
    string,
    fc.Arbitrary<NanoUsdPerMillion>
  >,
  { requiredKeys: [] },
);
const prices: fc.Arbitrary<Prices> = fc.record({
  rates,
  tiers: fc.array(fc.record({ inputTokensAbove: fc.bigInt({ min: 0n, max: 1_000_000n }), rates })),
});
const multiplier = fc.bigInt({ min: 1n, max: 1_000_000n });

describe('multiplied prices', () => {
  test('by one are the same', () =>
    fc.assert(fc.property(prices, (some) => expect(multipliedPrices(some, 10_000n)).toEqual(some))));

  test('are never below the exact product, and less than one above it', () =>
    fc.assert(
      fc.property(rate, multiplier, (input, factor) => {
        const { rates: after } = multipliedPrices({ rates: { input }, tiers: [] }, factor);
        const above = (after.input ?? 0n) * 10_000n - input * factor;
        expect(above >= 0n && above < 10_000n).toBe(true);
      }),
    ));

  test('know what they knew before, and 0 stays 0', () =>
    fc.assert(
      fc.property(prices, multiplier, (some, factor) => {
        const after = multipliedPrices(some, factor);
        expect(Object.keys(after.rates).sort()).toEqual(Object.keys(some.rates).sort());
        for (const unit of RATE_UNITS) {
          if (some.rates[unit] !== undefined) expect(after.rates[unit] === 0n).toBe(some.rates[unit] === 0n);
        }
        expect(after.tiers.map(({ inputTokensAbove }) => inputTokensAbove)).toEqual(
          some.tiers.map(({ inputTokensAbove }) => inputTokensAbove),
        );
      }),
    ));
});
