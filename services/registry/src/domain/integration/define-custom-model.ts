import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { CustomModel } from '@gatehouse/offering';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';
import { CUSTOM_MODELS_MAX } from './model';
import { sameCustomModel } from './same-decision';

export interface DefineCustomModel {
  readonly type: 'DefineCustomModel';
  readonly integrationId: IntegrationId;
  readonly model: CustomModel;
}

/**
 * In place of one of the same name; the same again records nothing. REFUSED `CUSTOM_MODELS_EXHAUSTED` beyond the largest
 * number of them.
 */
export const defineCustomModel = (
  { integrationId, model }: DefineCustomModel,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  const { customModels } = details.modelDecisions;
  const known = customModels.get(model.name);
  if (known && sameCustomModel(known, model)) return [];
  if (!known && customModels.size >= CUSTOM_MODELS_MAX) {
    const metadata = { models: String(CUSTOM_MODELS_MAX) };
    throw new AppError('REFUSED', 'CUSTOM_MODELS_EXHAUSTED', { metadata });
  }
  return [{ type: 'CustomModelDefined', integrationId, model }];
};
