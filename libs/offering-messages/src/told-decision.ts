import type { ModelDecision } from '@gatehouse/offering';
import type { eventsV1 } from '@gatehouse/proto-gen';
import { fromProtoCustomModel } from './decision-messages';
import { fromProtoPrices } from './price-messages';

/** A decision as the registry's events tell it. */
export type ToldDecision = {
  readonly [Type in ModelDecision['type']]: {
    readonly type: Type;
    readonly data: ReturnType<(typeof eventsV1)[Type]['fromJSON']>;
  };
}[ModelDecision['type']];

/** Throws AppError INVALID for a rate below 0. */
export const fromToldDecision = ({ type, data }: ToldDecision): ModelDecision => {
  switch (type) {
    case 'ListedModelsSelected':
      return { type, selectedAt: data.selectedAt };
    case 'ModelSelectionCleared':
    case 'AutoEnableModelsTurnedOn':
    case 'AutoEnableModelsTurnedOff':
      return { type };
    case 'IntegrationModelsAllowed':
    case 'IntegrationModelsRevoked':
      return { type, names: data.names };
    case 'CustomModelDefined':
      return { type, model: recordedModel(data.model) };
    case 'CustomModelRemoved':
      return { type, name: data.name };
    case 'PriceOverridden':
      return { type, model: data.model, prices: recordedPrices(data.prices) };
    case 'PriceOverrideRemoved':
      return { type, model: data.model };
    case 'PriceMultiplierSet':
      return { type, priceMultiplier: data.priceMultiplier };
  }
};

const recordedModel = (model: eventsV1.CustomModelDefined['model']) =>
  fromProtoCustomModel(model ?? missing('CustomModelDefined', 'model'));

const recordedPrices = (prices: eventsV1.PriceOverridden['prices']) =>
  fromProtoPrices(prices ?? missing('PriceOverridden', 'prices'));

const missing = (type: string, field: string): never => {
  throw new Error(`${type} has no ${field}`);
};
