import { INT64_MAX, nanoUsdPerMillion } from '@gatehouse/kernel';
import type { Rates } from './prices';
import { type Tariff, tariffOf, tariffRates } from './tariff';

const price = nanoUsdPerMillion;
const hourOf = (rates: Rates) => tariffOf({ prices: { rates: { output: price(50n), ...rates }, tiers: [] } });

describe('a service tier without sizes of its own', () => {
  const tariffWith = (rates: Rates, sizes: Rates, served: Rates) =>
    tariffOf({
      prices: {
        ...{ rates: { output: price(50n), ...rates }, tiers: [{ inputTokensAbove: 9n, rates: sizes }] },
        serviceTiers: new Map([['other', { rates: served, tiers: [] }]]),
      },
    })?.serviceTiers?.get('other');
  const ratesAt = (tariff: Tariff | undefined, inputTokens: number) =>
    tariff && tariffRates(tariff, inputTokens);

  test.each<[string, Rates, Rates, Rates, Rates]>([
    [
      'in proportion, where it costs more',
      { input: price(10n) },
      { input: price(20n), output: price(75n) },
      { input: price(18n), output: price(90n) },
      { input: price(36n), output: price(135n), cachedInput: price(36n) },
    ],
    [
      'and where it costs less, rounded up',
      { input: price(10n), cachedInput: price(1n) },
      { input: price(20n), cachedInput: price(3n) },
      { input: price(5n), reasoning: price(25n) },
      { input: price(10n), cachedInput: price(3n), output: price(50n), reasoning: price(25n) },
    ],
    [
      'the more of both, where what costs nothing has a price',
      { input: price(0n) },
      { input: price(20n) },
      { input: price(30n) },
      { input: price(30n) },
    ],
    [
      'and what neither of them says as without it',
      { input: price(10n) },
      { search: price(7n), reasoning: price(80n) },
      { output: price(100n) },
      { search: price(7n), reasoning: price(160n), output: price(100n), input: price(10n) },
    ],
  ])('has those of its model: %s', (_what, rates, sizes, served, expected) => {
    const tariff = tariffWith(rates, sizes, served);
    expect(ratesAt(tariff, 9)).toMatchObject(served);
    expect(ratesAt(tariff, 10)).toMatchObject(expected);
  });

  test('keeps its own, where it has some', () => {
    const own = [{ inputTokensAbove: 5n, rates: { input: price(11n) } }];
    const tariff = tariffOf({
      prices: {
        rates: { input: price(10n), output: price(50n) },
        tiers: [{ inputTokensAbove: 9n, rates: { input: price(20n) } }],
        serviceTiers: new Map([['other', { rates: {}, tiers: own }]]),
      },
    })?.serviceTiers?.get('other');
    expect([6, 10].map((tokens) => ratesAt(tariff, tokens)?.input)).toEqual([11n, 11n]);
  });
});

describe('what is written to a cache for an hour', () => {
  test.each<[string, Rates, bigint]>([
    ['its own', { input: price(10n), cacheWrite: price(12n), cacheWriteHour: price(16n) }, 16n],
    ['twice the input, where minutes alone have one', { input: price(10n), cacheWrite: price(12n) }, 20n],
    ['that of minutes, where that is more', { input: price(10n), cacheWrite: price(30n) }, 30n],
    ['the input, where nothing that is written has one', { input: price(10n) }, 10n],
    ['no more than any price', { input: price(INT64_MAX - 1n), cacheWrite: price(INT64_MAX) }, INT64_MAX],
  ])('has a price: %s', (_what, rates, expected) =>
    expect(hourOf(rates)?.base.cacheWriteHour).toBe(expected),
  );
});
