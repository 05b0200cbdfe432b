import { nanoUsdPerMillion } from '@gatehouse/kernel';
import {
  type CustomModel,
  type ModelDecisions,
  NOTHING_DECIDED,
  type Rates,
  type RateUnit,
} from '@gatehouse/offering';
import type { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { fromProtoModelDecisions } from './decision-messages';

/**
 * What an integration offers, as gateways are told it. A configuration from before there were decisions names all that is
 * offered, with its prices: as custom models have them.
 */
export const fromProtoOffering = ({
  modelDecisions,
  models,
}: Pick<provisioningV1.IntegrationConfig, 'modelDecisions' | 'models'>): ModelDecisions =>
  modelDecisions
    ? fromProtoModelDecisions(modelDecisions)
    : {
        ...NOTHING_DECIDED,
        customModels: new Map(models.map((model) => [model.name, fromProtoFrozenModel(model)])),
      };

const fromProtoFrozenModel = ({ name, ...model }: typeV1.Model): CustomModel => {
  const { contextWindow, maxOutputTokens } = model;
  const rates = {
    ...rate('input', model.inputNanoUsdPerMillion),
    ...rate('output', model.outputNanoUsdPerMillion),
    ...rate('cachedInput', model.cachedInputNanoUsdPerMillion),
    ...rate('cacheWrite', model.cacheWriteNanoUsdPerMillion),
  };
  const isPriced = Object.keys(rates).length > 0;
  return {
    name,
    fineTuned: false,
    contextWindow,
    maxOutputTokens,
    ...(isPriced && { prices: { rates, tiers: [] } }),
  };
};

const rate = (unit: RateUnit, value: bigint | undefined): Rates =>
  value === undefined ? {} : { [unit]: nanoUsdPerMillion(value) };
