import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';
import { samePrices } from './same-decision';

export interface OverridePrice {
  readonly type: 'OverridePrice';
  readonly integrationId: IntegrationId;
  /** The name that the model is called by; it need not be known. */
  readonly model: string;
  readonly prices: Prices;
}

export const PRICE_OVERRIDES_MAX = 200;

/**
 * In place of one for the same model; the same again records nothing. REFUSED `PRICE_OVERRIDES_EXHAUSTED` beyond the
 * largest number of them.
 */
export const overridePrice = (
  { integrationId, model, prices }: OverridePrice,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  const { priceOverrides } = details.modelDecisions;
  const known = priceOverrides.get(model);
  if (known && samePrices(known, prices)) return [];
  if (!known && priceOverrides.size >= PRICE_OVERRIDES_MAX) {
    const metadata = { overrides: String(PRICE_OVERRIDES_MAX) };
    throw new AppError('REFUSED', 'PRICE_OVERRIDES_EXHAUSTED', { metadata });
  }
  return [{ type: 'PriceOverridden', integrationId, model, prices }];
};
