import { AppError, type IntegrationId, invalidField } from '@gatehouse/kernel';
import type { CustomModel } from '@gatehouse/offering';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';
import { CUSTOM_MODELS_MAX } from './model';
import { sameCustomModel } from './same-decision';

export interface DefineCustomModel {
  readonly type: 'DefineCustomModel';
  readonly integrationId: IntegrationId;
  readonly model: CustomModel;
  /** The catalog lists its base model, where it has one. */
  readonly baseIsListed: boolean;
}

/**
 * In place of one of the same name; the same again records nothing. INVALID where its size is that of a base model that nobody knows; REFUSED
 * `CUSTOM_MODELS_EXHAUSTED` beyond the largest number of them.
 */
export const defineCustomModel = (
  { integrationId, model, baseIsListed }: DefineCustomModel,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  const { customModels } = details.modelDecisions;
  const known = customModels.get(model.name);
  if (known && sameCustomModel(known, model)) return [];
  if (!baseIsListed && isSizedByBase(model)) throw invalidField('model.base_model', UNLISTED);
  if (!known && customModels.size >= CUSTOM_MODELS_MAX) {
    const metadata = { models: String(CUSTOM_MODELS_MAX) };
    throw new AppError('REFUSED', 'CUSTOM_MODELS_EXHAUSTED', { metadata });
  }
  return [{ type: 'CustomModelDefined', integrationId, model }];
};

const UNLISTED =
  'is none that the catalog lists for this provider: say context_window and max_output_tokens, or another';

/** No call of it could be bounded, where nobody knows the base model. */
const isSizedByBase = ({ baseModel, contextWindow, maxOutputTokens }: CustomModel): boolean =>
  baseModel !== undefined && (contextWindow === undefined || maxOutputTokens === undefined);
