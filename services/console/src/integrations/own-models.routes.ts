import { route } from '../rest/route';
import { ownIntegrationDetails, ownIntegrationPath } from './own-integration.schema';
import { customModelDefinition, namedModel, priceOverride } from './own-models.schema';

const ONE = '/v1/gatehouse/integrations/{integration}';

export const defineCustomModel = route({
  method: 'PUT',
  url: `${ONE}/custom-models`,
  summary: 'Defines a model that the catalog does not know, in place of one of the same name',
  path: ownIntegrationPath,
  body: customModelDefinition,
  answer: ownIntegrationDetails,
});

export const removeCustomModel = route({
  method: 'DELETE',
  url: `${ONE}/custom-models`,
  summary: 'Takes a custom model away: it is allowed by name no longer',
  path: ownIntegrationPath,
  query: namedModel,
  answer: ownIntegrationDetails,
});

export const overridePrice = route({
  method: 'PUT',
  url: `${ONE}/price-overrides`,
  summary: 'What a model costs from now on, before every other price of it, tiers included',
  path: ownIntegrationPath,
  body: priceOverride,
  answer: ownIntegrationDetails,
});

export const removePriceOverride = route({
  method: 'DELETE',
  url: `${ONE}/price-overrides`,
  summary: 'It costs again what it did without',
  path: ownIntegrationPath,
  query: namedModel,
  answer: ownIntegrationDetails,
});

export const OWN_MODELS_ROUTES = [defineCustomModel, removeCustomModel, overridePrice, removePriceOverride];
