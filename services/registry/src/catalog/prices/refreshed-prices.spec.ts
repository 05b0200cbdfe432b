import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { implausibleIn } from './implausible';
import { ownPrices, priceBookOf } from './own-prices';
import type { PriceBook } from './price-book';

const book = (prices: Readonly<Record<string, number>>): PriceBook =>
  new Map([
    [
      'acme',
      new Map(
        Object.entries(prices).map(([name, input]) => [
          name,
          { rates: { input: nanoUsdPerMillion(BigInt(input)) }, tiers: [] },
        ]),
      ),
    ],
  ]);

describe('prices that an operator wrote down', () => {
  test('are exact, in units and tiers', () => {
    const parsed = ownPrices.parse({
      prices: {
        acme: {
          large: { input: 2.5, output: 10, search: 0.01, tiers: [{ above: 200_000, rates: { input: 5 } }] },
        },
      },
    });
    expect(priceBookOf(parsed).get('acme')?.get('large')).toEqual({
      rates: { input: 2_500_000_000n, output: 10_000_000_000n, search: 10_000_000_000_000n },
      tiers: [
        {
          inputTokensAbove: 200_000n,
          rates: { input: 5_000_000_000n, output: 10_000_000_000n, search: 10_000_000_000_000n },
        },
      ],
    });
  });

  test.each([
    { prices: { acme: { large: { input: -1 } } } },
    { prices: { acme: { large: { inptu: 1 } } } },
    { prices: { acme: { large: { input: '1' } } } },
    { price: {} },
  ])('are refused where they are no prices: %j', (value) =>
    expect(ownPrices.safeParse(value).success).toBe(false),
  );
});

describe('a jump', () => {
  test('within the factor is plausible, also of a new model', () =>
    expect(implausibleIn(book({ a: 100, b: 100 }), book({ a: 1_000, b: 10, c: 1 }), 10n)).toEqual([]));

  test.each([
    [book({ a: 1_001 }), 'acme/a: input from 100 to 1001 nano-USD per million'],
    [book({ a: 9 }), 'acme/a: input from 100 to 9 nano-USD per million'],
    [book({ a: 0 }), 'acme/a: input from 100 to 0 nano-USD per million'],
    [book({}), '1 of 1 prices are gone'],
  ])('beyond it is told', (after, reason) =>
    expect(implausibleIn(book({ a: 100 }), after, 10n)).toEqual([reason]),
  );
});
