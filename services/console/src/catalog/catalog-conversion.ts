import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { toRestPrices } from '../prices/price-conversion';
import { numberOrNull } from '../rest/or-null';
import {
  type CatalogModelAnswer,
  type CatalogProviderAnswer,
  CREDENTIAL_KINDS,
  CUSTOM_HOST_RULES,
  DIALECTS,
  ENDPOINT_KINDS,
  MODEL_KINDS,
} from './catalog.schema';

export const toRestCatalogProvider = (provider: registryV1.Provider): CatalogProviderAnswer => ({
  name: provider.name,
  display_name: provider.displayName,
  base_url: provider.baseUrl || null,
  custom_host: CUSTOM_HOST_RULES.of(provider.customHost),
  self_hosted: provider.customHost === registryV1.CustomHostRule.REQUIRED,
  dialects: provider.dialects.flatMap((dialect) => DIALECTS.of(dialect) ?? []),
  endpoints: provider.endpoints.flatMap(({ kind }) => ENDPOINT_KINDS.of(kind) ?? []),
  callable: provider.served,
  deprecated: provider.deprecated,
  explicit_models_advised: provider.explicitModelsAdvised,
  takes_deployments: provider.takesDeployments,
  model_count: provider.models.length,
  credential_kinds: provider.credentialKinds.map(({ kind, label, form }) => ({
    kind: CREDENTIAL_KINDS.of(kind),
    label,
    form: form.map(toRestFormField),
  })),
  object: 'catalog-provider',
});

const toRestFormField = ({ name, label, help, secret, required, pattern }: registryV1.FormField) => ({
  name,
  label,
  help: help || null,
  secret,
  required,
  pattern: pattern || null,
});

export const toRestCatalogModel = (
  { name, facts }: typeV1.CatalogModel,
  prices: typeV1.Prices | undefined,
): CatalogModelAnswer => ({
  name,
  kind: MODEL_KINDS.of(facts?.kind ?? typeV1.ModelKind.UNSPECIFIED),
  prices: toRestPrices(prices),
  context_window: numberOrNull(facts?.contextWindow),
  max_output_tokens: numberOrNull(facts?.maxOutputTokens),
  capabilities: [...(facts?.capabilities ?? [])],
  withdrawn: facts?.withdrawn ?? false,
  successor: facts?.successor || null,
  object: 'catalog-model',
});
