import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { type Prices, RATE_UNITS, type Rates, type TieredRates } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';

export const toProtoPrices = ({ serviceTiers, ...prices }: Prices): typeV1.Prices => ({
  ...toProtoTieredRates(prices),
  serviceTiers: Object.fromEntries(
    [...(serviceTiers ?? [])].map(([name, tier]) => [
      name,
      { ...toProtoTieredRates(tier), serviceTiers: {} },
    ]),
  ),
});

const toProtoTieredRates = ({ rates, tiers }: TieredRates): Pick<typeV1.Prices, 'rates' | 'tiers'> => ({
  rates: toProtoRates(rates),
  tiers: tiers.map((tier) => ({
    inputTokensAbove: tier.inputTokensAbove,
    rates: toProtoRates(tier.rates),
  })),
});

/** Throws AppError INVALID for a rate below 0. */
export const fromProtoPrices = ({ serviceTiers, ...prices }: typeV1.Prices): Prices => {
  const named = Object.entries(serviceTiers).map(
    ([name, tier]) => [name, fromProtoTieredRates(tier)] as const,
  );
  return { ...fromProtoTieredRates(prices), ...(named.length > 0 && { serviceTiers: new Map(named) }) };
};

const fromProtoTieredRates = ({ rates, tiers }: Pick<typeV1.Prices, 'rates' | 'tiers'>): TieredRates => ({
  rates: fromProtoRates(rates),
  tiers: tiers
    .map((tier) => ({ inputTokensAbove: tier.inputTokensAbove, rates: fromProtoRates(tier.rates) }))
    .sort((a, b) => (a.inputTokensAbove < b.inputTokensAbove ? -1 : 1)),
});

const toProtoRates = (rates: Rates): typeV1.Rates => ({ ...rates });

const fromProtoRates = (rates: typeV1.Rates | undefined): Rates =>
  Object.fromEntries(
    RATE_UNITS.flatMap((unit) => {
      const rate = rates?.[unit];
      return rate === undefined ? [] : [[unit, nanoUsdPerMillion(rate)]];
    }),
  );
