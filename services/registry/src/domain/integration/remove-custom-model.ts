import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface RemoveCustomModel {
  readonly type: 'RemoveCustomModel';
  readonly integrationId: IntegrationId;
  readonly name: string;
}

/** NOT_FOUND `CUSTOM_MODEL_UNKNOWN` where there is none of this name. */
export const removeCustomModel = (
  { integrationId, name }: RemoveCustomModel,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  if (!details.modelDecisions.customModels.has(name)) throw new AppError('NOT_FOUND', 'CUSTOM_MODEL_UNKNOWN');
  return [{ type: 'CustomModelRemoved', integrationId, name }];
};
