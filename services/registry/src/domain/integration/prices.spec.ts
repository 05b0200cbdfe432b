import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import type { Prices } from '@gatehouse/offering';
import { integrationDecider } from './integration.decider';
import { PRICE_OVERRIDES_MAX } from './override-price';
import { connected, decided, deleted, id } from './testing/integration-history';

const at = (input: bigint): Prices => ({ rates: { input: nanoUsdPerMillion(input) }, tiers: [] });
const overridden = (prices = at(1n), model = 'a') => decided({ type: 'PriceOverridden', model, prices });
const removed = decided({ type: 'PriceOverrideRemoved', model: 'a' });
const override = (prices = at(1n), model = 'a') =>
  ({ type: 'OverridePrice', integrationId: id, model, prices }) as const;
const remove = { type: 'RemovePriceOverride', integrationId: id, model: 'a' } as const;
const factor = (priceMultiplier: bigint) =>
  ({ type: 'SetPriceMultiplier', integrationId: id, priceMultiplier }) as const;
const factored = (priceMultiplier: bigint) => decided({ type: 'PriceMultiplierSet', priceMultiplier });

describe('overriding a price', () => {
  test('records it, also of 0', () => {
    given(integrationDecider, connected).when(override()).then(overridden());
    given(integrationDecider, connected)
      .when(override(at(0n)))
      .then(overridden(at(0n)));
  });

  test('records nothing where it is so already', () =>
    given(integrationDecider, connected, overridden()).when(override()).then());

  test.each([
    { rates: {}, tiers: [] },
    { rates: { ...at(1n).rates, output: nanoUsdPerMillion(1n) }, tiers: [] },
    { rates: at(1n).rates, tiers: [{ inputTokensAbove: 5n, rates: at(2n).rates }] },
  ])('takes the place of another: %#', (other) =>
    given(integrationDecider, connected, overridden()).when(override(other)).then(overridden(other)),
  );

  test('tells tiers apart', () => {
    const tiered = (inputTokensAbove: bigint, rate: bigint): Prices => ({
      ...at(1n),
      tiers: [{ inputTokensAbove, rates: at(rate).rates }],
    });
    const before = given(integrationDecider, connected, overridden(tiered(5n, 2n)));
    before.when(override(tiered(5n, 2n))).then();
    before.when(override(tiered(6n, 2n))).then(overridden(tiered(6n, 2n)));
    before.when(override(tiered(5n, 3n))).then(overridden(tiered(5n, 3n)));
  });

  test('is refused beyond so many, unless it takes the place of one', () => {
    const many = Array.from({ length: PRICE_OVERRIDES_MAX }, (_, index) => overridden(at(1n), `m${index}`));
    const full = given(integrationDecider, connected, ...many);
    full.when(override()).thenRefused('PRICE_OVERRIDES_EXHAUSTED');
    full.when(override(at(2n), 'm0')).then(overridden(at(2n), 'm0'));
  });

  test('is taken back once', () => {
    given(integrationDecider, connected, overridden()).when(remove).then(removed);
    given(integrationDecider, connected, overridden(), removed)
      .when(remove)
      .thenRefused('PRICE_OVERRIDE_UNKNOWN');
  });

  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted).when(override()).thenRefused('INTEGRATION_DELETED'));
});

describe('setting a factor of prices', () => {
  test('records it', () => given(integrationDecider, connected).when(factor(8_000n)).then(factored(8_000n)));
  test('records nothing where it is so already', () => {
    given(integrationDecider, connected).when(factor(10_000n)).then();
    given(integrationDecider, connected, factored(8_000n)).when(factor(8_000n)).then();
  });
});
