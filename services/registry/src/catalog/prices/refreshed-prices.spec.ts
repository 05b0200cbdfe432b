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

  const rate = nanoUsdPerMillion;
  const tiered = (base: bigint, start: bigint, above: bigint): PriceBook => {
    const tiers = [{ inputTokensAbove: start, rates: { input: rate(above) } }];
    return new Map([['acme', new Map([['a', { rates: { input: rate(base) }, tiers }]])]]);
  };
  test.each([
    ['a tier that is new', book({ a: 100 }), tiered(100n, 0n, 0n), 'from 100 to 0'],
    ['a tier', tiered(100n, 200n, 200n), tiered(100n, 200n, 2n), 'from 200 to 2'],
    ['a tier that is gone', tiered(100n, 200n, 2_000n), book({ a: 100 }), 'from 2000 to 100'],
  ])('is told of %s', (_what, before, after, jump) =>
    expect(implausibleIn(before, after, 10n)).toEqual([`acme/a: input ${jump} nano-USD per million`]),
  );

  test('is told of a service tier', () => {
    const served = (input: bigint): PriceBook => {
      const serviceTiers = new Map([['priority', { rates: { input: rate(input) }, tiers: [] }]]);
      return new Map([['acme', new Map([['a', { rates: {}, tiers: [], serviceTiers }]])]]);
    };
    const reason = 'acme/a (priority): input from 100 to 1 nano-USD per million';
    expect(implausibleIn(served(100n), served(1n), 10n)).toEqual([reason]);
  });
});
