import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { type Prices, RATE_UNITS, type Rates } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';

export const toProtoPrices = ({ rates, tiers }: Prices): typeV1.Prices => ({
  rates: toProtoRates(rates),
  tiers: tiers.map((tier) => ({
    inputTokensAbove: tier.inputTokensAbove,
    rates: toProtoRates(tier.rates),
  })),
});

/** Throws AppError INVALID for a rate below 0. */
export const fromProtoPrices = ({ rates, tiers }: typeV1.Prices): Prices => ({
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
