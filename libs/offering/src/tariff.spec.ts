import { INT64_MAX, nanoUsdPerMillion } from '@gatehouse/kernel';
import type { Rates } from './prices';
import { tariffOf } from './tariff';

const price = nanoUsdPerMillion;
const hourOf = (rates: Rates) => tariffOf({ prices: { rates: { output: price(50n), ...rates }, tiers: [] } });

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
