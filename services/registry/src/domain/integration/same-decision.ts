import {
  type CustomModel,
  type ModelServing,
  type Prices,
  RATE_UNITS,
  type Rates,
} from '@gatehouse/offering';

/** Whether two prices say the same. */
export const samePrices = (a: Prices, b: Prices): boolean =>
  sameRates(a.rates, b.rates) &&
  a.tiers.length === b.tiers.length &&
  a.tiers.every((tier, index) => {
    const other = b.tiers[index];
    return (
      other !== undefined &&
      tier.inputTokensAbove === other.inputTokensAbove &&
      sameRates(tier.rates, other.rates)
    );
  });

/** Whether two definitions say the same. */
export const sameCustomModel = (a: CustomModel, b: CustomModel): boolean =>
  a.name === b.name &&
  a.baseModel === b.baseModel &&
  a.fineTuned === b.fineTuned &&
  a.kind === b.kind &&
  a.contextWindow === b.contextWindow &&
  a.maxOutputTokens === b.maxOutputTokens &&
  sameServing(a.serving, b.serving) &&
  (a.prices === undefined || b.prices === undefined ? a.prices === b.prices : samePrices(a.prices, b.prices));

const sameServing = (a: ModelServing = {}, b: ModelServing = {}): boolean =>
  a.templateTokens === b.templateTokens &&
  a.outputLimit === b.outputLimit &&
  a.tokensPerSecondMax === b.tokensPerSecondMax;

const sameRates = (a: Rates, b: Rates): boolean => RATE_UNITS.every((unit) => a[unit] === b[unit]);
