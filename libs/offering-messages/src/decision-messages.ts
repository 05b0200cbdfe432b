import {
  type CustomModel,
  type ModelAccess,
  type ModelDecisions,
  NOTHING_DECIDED,
  PRICE_MULTIPLIER_ONE,
  type Prices,
} from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';
import { fromProtoModelKind, toProtoModelKind } from './kind-messages';
import { fromProtoPrices, toProtoPrices } from './price-messages';
import { fromProtoModelServing, toProtoModelServing } from './serving-messages';

export const toProtoModelDecisions = (decisions: ModelDecisions): typeV1.ModelDecisions => ({
  access: toProtoModelAccess(decisions.access),
  customModels: [...decisions.customModels.values()].map(toProtoCustomModel),
  priceOverrides: [...decisions.priceOverrides].map(([model, prices]) => ({
    model,
    prices: toProtoPrices(prices),
  })),
  priceMultiplier: decisions.priceMultiplier,
});

/** Absent, nothing was decided. Throws AppError INVALID for a rate below 0. */
export const fromProtoModelDecisions = (message: typeV1.ModelDecisions | undefined): ModelDecisions => {
  if (message === undefined) return NOTHING_DECIDED;
  const { access, customModels, priceOverrides, priceMultiplier } = message;
  return {
    access: fromProtoModelAccess(access),
    customModels: new Map(customModels.map((model) => [model.name, fromProtoCustomModel(model)])),
    priceOverrides: new Map(
      priceOverrides.flatMap(({ model, prices }): [string, Prices][] =>
        prices ? [[model, fromProtoPrices(prices)]] : [],
      ),
    ),
    priceMultiplier: priceMultiplier === 0n ? PRICE_MULTIPLIER_ONE : priceMultiplier,
  };
};

/** Names sorted, so that the same decision is the same message. */
const toProtoModelAccess = (access: ModelAccess): typeV1.ModelAccess => ({
  selectedAt: access.selectedAt,
  autoEnable: access.autoEnable,
  allowed: [...access.allowed].sort(),
  revoked: [...access.revoked].sort(),
});

/** Absent, it allows nothing. */
const fromProtoModelAccess = (access: typeV1.ModelAccess | undefined): ModelAccess => ({
  selectedAt: access?.selectedAt ?? 0n,
  autoEnable: access?.autoEnable ?? false,
  allowed: new Set(access?.allowed),
  revoked: new Set(access?.revoked),
});

export const toProtoCustomModel = (model: CustomModel): typeV1.CustomModel => ({
  name: model.name,
  baseModel: model.baseModel ?? '',
  fineTuned: model.fineTuned,
  prices: model.prices && toProtoPrices(model.prices),
  contextWindow: model.contextWindow,
  maxOutputTokens: model.maxOutputTokens,
  kind: model.kind === undefined ? typeV1.ModelKind.UNSPECIFIED : toProtoModelKind(model.kind),
  serving: model.serving && toProtoModelServing(model.serving),
});

/** Throws AppError INVALID for a rate below 0. */
export const fromProtoCustomModel = (message: typeV1.CustomModel): CustomModel => {
  const kind = fromProtoModelKind(message.kind);
  const serving = fromProtoModelServing(message.serving);
  return {
    name: message.name,
    fineTuned: message.fineTuned,
    ...(message.baseModel !== '' && { baseModel: message.baseModel }),
    ...(message.prices && { prices: fromProtoPrices(message.prices) }),
    ...(message.contextWindow !== undefined && { contextWindow: message.contextWindow }),
    ...(message.maxOutputTokens !== undefined && { maxOutputTokens: message.maxOutputTokens }),
    ...(kind && { kind }),
    ...(serving && { serving }),
  };
};
