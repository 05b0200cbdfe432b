import type { EventMapping } from '@gatehouse/event-store';
import type { Shapes } from '@gatehouse/events';
import { integrationId } from '@gatehouse/kernel';
import type { ModelDecisionType } from '@gatehouse/offering';
import {
  fromToldDecision,
  type ToldDecision,
  toProtoCustomModel,
  toProtoPrices,
} from '@gatehouse/offering-messages';
import type { ModelsDecided } from '../../domain/integration/integration.events';

/** How decisions on models are stored. */
export const MODEL_DECISIONS: EventMapping<Shapes, ModelsDecided> = {
  ListedModelsSelected: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'ListedModelsSelected', data }),
  },
  ModelSelectionCleared: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'ModelSelectionCleared', data }),
  },
  IntegrationModelsAllowed: {
    toMessage: ({ names, ...event }) => ({ ...event, names: [...names] }),
    fromMessage: (data) => decided({ type: 'IntegrationModelsAllowed', data }),
  },
  IntegrationModelsRevoked: {
    toMessage: ({ names, ...event }) => ({ ...event, names: [...names] }),
    fromMessage: (data) => decided({ type: 'IntegrationModelsRevoked', data }),
  },
  AutoEnableModelsTurnedOn: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'AutoEnableModelsTurnedOn', data }),
  },
  AutoEnableModelsTurnedOff: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'AutoEnableModelsTurnedOff', data }),
  },
  CustomModelDefined: {
    toMessage: ({ model, ...event }) => ({ ...event, model: toProtoCustomModel(model) }),
    fromMessage: (data) => decided({ type: 'CustomModelDefined', data }),
  },
  CustomModelRemoved: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'CustomModelRemoved', data }),
  },
  PriceOverridden: {
    toMessage: ({ prices, ...event }) => ({ ...event, prices: toProtoPrices(prices) }),
    fromMessage: (data) => decided({ type: 'PriceOverridden', data }),
  },
  PriceOverrideRemoved: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'PriceOverrideRemoved', data }),
  },
  PriceMultiplierSet: {
    toMessage: (event) => event,
    fromMessage: (data) => decided({ type: 'PriceMultiplierSet', data }),
  },
};

const decided = <Type extends ModelDecisionType>(told: Extract<ToldDecision, { readonly type: Type }>) =>
  ({
    ...fromToldDecision(told),
    integrationId: integrationId(told.data.integrationId),
  }) as Extract<ModelsDecided, { readonly type: Type }>;
