import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface RemovePriceOverride {
  readonly type: 'RemovePriceOverride';
  readonly integrationId: IntegrationId;
  readonly model: string;
}

/** NOT_FOUND `PRICE_OVERRIDE_UNKNOWN` where there is none for this model. */
export const removePriceOverride = (
  { integrationId, model }: RemovePriceOverride,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  if (!details.modelDecisions.priceOverrides.has(model)) {
    throw new AppError('NOT_FOUND', 'PRICE_OVERRIDE_UNKNOWN');
  }
  return [{ type: 'PriceOverrideRemoved', integrationId, model }];
};
