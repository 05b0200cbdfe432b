import {
  type Caller,
  type Cursors,
  cursorsOf,
  fromProtoPage,
  RequestChecks,
  toProtoPageToken,
} from '@gatehouse/grpc';
import type { FieldViolation } from '@gatehouse/kernel';
import type { AccessReason, CustomModel, PriceLayer } from '@gatehouse/offering';
import {
  fromProtoModelKind,
  fromProtoModelServing,
  toProtoModelKind,
  toProtoModelServing,
  toProtoPrices,
} from '@gatehouse/offering-messages';
import { organizationOf } from '@gatehouse/platform';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { ChangeIntegrationCommand } from '../../app/integration/change-integration.handler';
import { DefineCustomModelCommand } from '../../app/integration/define-custom-model.handler';
import { ChangeModelAccessCommand } from '../../app/integration/change-model-access.handler';
import {
  type IntegrationModelsPage,
  type IntegrationModelView,
  ListIntegrationModelsQuery,
  type ModelSelection,
} from '../../app/integration/list-integration-models.handler';
import {
  customModelFaults,
  MODEL_NAMES_MAX,
  modelNameFaults,
  modelNamesFaults,
} from '../../domain/integration/model';
import { PRICE_MULTIPLIER_RANGE } from '../../domain/integration/set-price-multiplier';
import { commandMetadata, fromProtoIntegrationId, fromProtoTarget } from './integration-target';
import { fromProtoAskedPrices, fromProtoPrice } from './price-conversion';

export const fromProtoChangeModelAccessRequest = (
  request: registryV1.ChangeModelAccessRequest,
  caller: Caller,
): ChangeModelAccessCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'ChangeModelAccess', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const { allow, revoke, autoEnable } = request;
  if (!SELECTIONS.has(request.selection)) checks.fault('selection', 'must be a known selection');
  faultsIn(checks, [...modelNamesFaults(allow, 'allow'), ...modelNamesFaults(revoke, 'revoke')]);
  if (allow.length + revoke.length > MODEL_NAMES_MAX) {
    checks.fault('revoke', `must have, with allow, at most ${MODEL_NAMES_MAX} names`);
  }
  const allowed = new Set(allow);
  revoke.forEach((name, index) => {
    if (allowed.has(name)) checks.fault(`revoke[${index}]`, 'is also to be allowed');
  });
  checks.done();
  const selection = SELECTIONS.get(request.selection);
  return new ChangeModelAccessCommand(
    { integrationId, selection, autoEnable, allow, revoke },
    expectedRevision,
    metadata,
  );
};

const SELECTIONS: ReadonlyMap<registryV1.ModelSelection, 'all' | 'none' | undefined> = new Map([
  [registryV1.ModelSelection.UNSPECIFIED, undefined],
  [registryV1.ModelSelection.ALL, 'all'],
  [registryV1.ModelSelection.NONE, 'none'],
]);

export const fromProtoDefineCustomModelRequest = (
  request: registryV1.DefineCustomModelRequest,
  caller: Caller,
): DefineCustomModelCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'DefineCustomModel', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const model = fromProtoAskedModel(request.model ?? typeV1.CustomModel.fromPartial({}), checks);
  checks.done();
  return new DefineCustomModelCommand({ integrationId, model }, expectedRevision, metadata);
};

const fromProtoAskedModel = (message: typeV1.CustomModel, checks: RequestChecks): CustomModel => {
  const { name, baseModel, fineTuned, contextWindow, maxOutputTokens } = message;
  const kind = fromProtoModelKind(message.kind);
  if (kind === undefined && message.kind !== typeV1.ModelKind.UNSPECIFIED) {
    checks.fault('model.kind', 'must be a known kind');
  }
  const serving = fromProtoModelServing(message.serving);
  const model: CustomModel = {
    name,
    fineTuned,
    ...(baseModel !== '' && { baseModel }),
    ...(kind && { kind }),
    ...(message.prices && { prices: fromProtoAskedPrices(message.prices, checks, 'model.prices') }),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(serving && { serving }),
  };
  faultsIn(checks, customModelFaults(model, 'model'));
  return model;
};

export const fromProtoRemoveCustomModelRequest = (
  request: registryV1.RemoveCustomModelRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'RemoveCustomModel', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const { name } = request;
  faultsIn(checks, modelNameFaults(name, 'name'));
  checks.done();
  const change = { type: 'RemoveCustomModel', integrationId, name } as const;
  return new ChangeIntegrationCommand(change, expectedRevision, metadata);
};

export const fromProtoOverridePriceRequest = (
  request: registryV1.OverridePriceRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'OverridePrice', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const { model } = request;
  faultsIn(checks, modelNameFaults(model, 'model'));
  const prices = fromProtoAskedPrices(request.prices, checks, 'prices');
  checks.done();
  const change = { type: 'OverridePrice', integrationId, model, prices } as const;
  return new ChangeIntegrationCommand(change, expectedRevision, metadata);
};

export const fromProtoRemovePriceOverrideRequest = (
  request: registryV1.RemovePriceOverrideRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'RemovePriceOverride', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const { model } = request;
  faultsIn(checks, modelNameFaults(model, 'model'));
  checks.done();
  const change = { type: 'RemovePriceOverride', integrationId, model } as const;
  return new ChangeIntegrationCommand(change, expectedRevision, metadata);
};

export const fromProtoSetPriceMultiplierRequest = (
  request: registryV1.SetPriceMultiplierRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'SetPriceMultiplier', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const { priceMultiplier } = request;
  const { min, max } = PRICE_MULTIPLIER_RANGE;
  if (priceMultiplier < min || priceMultiplier > max) {
    checks.fault('price_multiplier', `must be ${min} to ${max}`);
  }
  checks.done();
  const change = { type: 'SetPriceMultiplier', integrationId, priceMultiplier } as const;
  return new ChangeIntegrationCommand(change, expectedRevision, metadata);
};

export const fromProtoListIntegrationModelsRequest = (
  request: registryV1.ListIntegrationModelsRequest,
  caller: Caller,
): ListIntegrationModelsQuery => {
  const checks = new RequestChecks();
  const id = fromProtoIntegrationId(request.integrationId, checks);
  const search = checks.text('search', request.search, { min: 0, max: 100 });
  if (!ACCESS_FILTERS.has(request.access)) checks.fault('access', 'must be a known filter');
  checks.done();
  const selection = { search, access: ACCESS_FILTERS.get(request.access) };
  const page = fromProtoPage(request, pagingOf(request));
  return new ListIntegrationModelsQuery(organizationOf(caller), id, selection, page, request.atLeastPosition);
};

const ACCESS_FILTERS: ReadonlyMap<registryV1.ModelAccessFilter, ModelSelection['access']> = new Map([
  [registryV1.ModelAccessFilter.UNSPECIFIED, undefined],
  [registryV1.ModelAccessFilter.ALLOWED, 'allowed'],
  [registryV1.ModelAccessFilter.NOT_ALLOWED, 'not-allowed'],
  [registryV1.ModelAccessFilter.WITHDRAWN, 'withdrawn'],
]);

const NAMES: Cursors<string> = {
  print: (name) => [name],
  parse: ([name, ...more]) => (more.length === 0 ? name : undefined),
};

/** A token belongs to the filter that it was given for. */
const pagingOf = ({ integrationId, search, access }: registryV1.ListIntegrationModelsRequest) => ({
  max: 500,
  fallback: 100,
  cursors: cursorsOf(JSON.stringify([integrationId, search, access]), NAMES),
});

export const toProtoListIntegrationModelsResponse = (
  request: registryV1.ListIntegrationModelsRequest,
  { items, next, totalSize }: IntegrationModelsPage,
): registryV1.ListIntegrationModelsResponse => ({
  models: items.map(toProtoIntegrationModel),
  nextPageToken: toProtoPageToken(next, pagingOf(request)),
  totalSize,
});

const toProtoIntegrationModel = (view: IntegrationModelView): registryV1.IntegrationModel => {
  const { model, reason, custom, workspaceIds } = view;
  return {
    name: model.name,
    kind: toProtoModelKind(model.kind),
    allowed: view.allowed,
    accessReason: ACCESS_REASON[reason],
    prices: model.price && toProtoPrices(model.price.prices),
    priceLayer: model.price ? PRICE_LAYER[model.price.layer] : registryV1.PriceLayer.UNSPECIFIED,
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    capabilities: [...model.capabilities],
    custom: custom !== undefined,
    fineTuned: custom?.fineTuned ?? false,
    baseModel: custom?.baseModel ?? '',
    withdrawn: model.withdrawn,
    successor: model.successor ?? '',
    unknown: !model.known,
    workspaceIds: [...workspaceIds],
    serving: model.serving && toProtoModelServing(model.serving),
  };
};

const ACCESS_REASON: Readonly<Record<AccessReason, registryV1.ModelAccessReason>> = {
  revoked: registryV1.ModelAccessReason.REVOKED,
  allowed: registryV1.ModelAccessReason.ALLOWED,
  custom: registryV1.ModelAccessReason.CUSTOM,
  selected: registryV1.ModelAccessReason.SELECTED,
  'auto-enabled': registryV1.ModelAccessReason.AUTO_ENABLED,
  'not-selected': registryV1.ModelAccessReason.NOT_SELECTED,
};

const PRICE_LAYER: Readonly<Record<PriceLayer, registryV1.PriceLayer>> = {
  override: registryV1.PriceLayer.OVERRIDE,
  custom: registryV1.PriceLayer.CUSTOM,
  multiplier: registryV1.PriceLayer.MULTIPLIER,
  book: registryV1.PriceLayer.BOOK,
};

/** A custom model of a connection, in the flat form that these have. Names and token counts are judged by the domain. */
export const fromProtoFlatModel = (model: typeV1.Model, checks: RequestChecks, path: string): CustomModel => {
  const asked = {
    input: fromProtoPrice(model.inputNanoUsdPerMillion, checks, `${path}.input_nano_usd_per_million`),
    output: fromProtoPrice(model.outputNanoUsdPerMillion, checks, `${path}.output_nano_usd_per_million`),
    cachedInput: fromProtoPrice(
      model.cachedInputNanoUsdPerMillion,
      checks,
      `${path}.cached_input_nano_usd_per_million`,
    ),
    cacheWrite: fromProtoPrice(
      model.cacheWriteNanoUsdPerMillion,
      checks,
      `${path}.cache_write_nano_usd_per_million`,
    ),
  };
  const rates = Object.fromEntries(Object.entries(asked).filter(([, rate]) => rate !== undefined));
  const { name, maxOutputTokens, contextWindow } = model;
  return {
    name,
    fineTuned: false,
    ...(Object.keys(rates).length > 0 && { prices: { rates, tiers: [] } }),
    maxOutputTokens,
    contextWindow,
  };
};

/** As much of a custom model as the flat form can say. */
export const toProtoFlatModel = (model: CustomModel): typeV1.Model => ({
  name: model.name,
  inputNanoUsdPerMillion: model.prices?.rates.input,
  outputNanoUsdPerMillion: model.prices?.rates.output,
  cachedInputNanoUsdPerMillion: model.prices?.rates.cachedInput,
  cacheWriteNanoUsdPerMillion: model.prices?.rates.cacheWrite,
  maxOutputTokens: model.maxOutputTokens ?? 0n,
  contextWindow: model.contextWindow ?? 0n,
});

const faultsIn = (checks: RequestChecks, faults: readonly FieldViolation[]): void => {
  for (const { field, description } of faults) checks.fault(field, description);
};
