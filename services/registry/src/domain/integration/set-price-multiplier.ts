import type { IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface SetPriceMultiplier {
  readonly type: 'SetPriceMultiplier';
  readonly integrationId: IntegrationId;
  /** In ten-thousandths. */
  readonly priceMultiplier: bigint;
}

/** From nearly nothing to a hundredfold. Free is said by an override, not by a factor. */
export const PRICE_MULTIPLIER_RANGE = { min: 1n, max: 1_000_000n };

/** The factor that it has already records nothing. */
export const setPriceMultiplier = (
  { integrationId, priceMultiplier }: SetPriceMultiplier,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] =>
  details.modelDecisions.priceMultiplier === priceMultiplier
    ? []
    : [{ type: 'PriceMultiplierSet', integrationId, priceMultiplier }];
