import {
  type CustomModel,
  type ModelAccess,
  type ModelDecisions,
  PRICE_MULTIPLIER_ONE,
  type Prices,
} from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';
import { fromProtoModelKind, toProtoModelKind } from './kind-messages';
import { fromProtoPrices, toProtoPrices } from './price-messages';

/** Decisions as they stand in messages that carry them. */
export interface ModelDecisionMessages {
  readonly modelAccess?: typeV1.ModelAccess | undefined;
  readonly customModels: readonly typeV1.CustomModel[];
  readonly priceOverrides: readonly typeV1.PriceOverride[];
  readonly priceMultiplier: bigint;
}

export const toProtoModelDecisions = ({
  access,
  customModels,
  priceOverrides,
  priceMultiplier,
}: ModelDecisions): {
  modelAccess: typeV1.ModelAccess;
  customModels: typeV1.CustomModel[];
  priceOverrides: typeV1.PriceOverride[];
  priceMultiplier: bigint;
} => ({
  modelAccess: toProtoModelAccess(access),
  customModels: [...customModels.values()].map(toProtoCustomModel),
  priceOverrides: [...priceOverrides].map(([model, prices]) => ({ model, prices: toProtoPrices(prices) })),
  priceMultiplier,
});

/** Throws AppError INVALID for a rate below 0. */
export const fromProtoModelDecisions = (messages: ModelDecisionMessages): ModelDecisions => ({
  access: fromProtoModelAccess(messages.modelAccess),
  customModels: new Map(messages.customModels.map((model) => [model.name, fromProtoCustomModel(model)])),
  priceOverrides: new Map(
    messages.priceOverrides.flatMap(({ model, prices }): [string, Prices][] =>
      prices ? [[model, fromProtoPrices(prices)]] : [],
    ),
  ),
  // 0 is no factor: nobody chose one.
  priceMultiplier: messages.priceMultiplier === 0n ? PRICE_MULTIPLIER_ONE : messages.priceMultiplier,
});

/** Names sorted, so that the same decision is the same message. */
export const toProtoModelAccess = (access: ModelAccess): typeV1.ModelAccess => ({
  selectedAt: access.selectedAt,
  autoEnable: access.autoEnable,
  allowed: [...access.allowed].sort(),
  revoked: [...access.revoked].sort(),
});

/** Absent, it allows nothing. */
export const fromProtoModelAccess = (access: typeV1.ModelAccess | undefined): ModelAccess => ({
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
});

/** Throws AppError INVALID for a rate below 0. */
export const fromProtoCustomModel = (message: typeV1.CustomModel): CustomModel => {
  const kind = fromProtoModelKind(message.kind);
  return {
    name: message.name,
    fineTuned: message.fineTuned,
    ...(message.baseModel !== '' && { baseModel: message.baseModel }),
    ...(message.prices && { prices: fromProtoPrices(message.prices) }),
    ...(message.contextWindow !== undefined && { contextWindow: message.contextWindow }),
    ...(message.maxOutputTokens !== undefined && { maxOutputTokens: message.maxOutputTokens }),
    ...(kind && { kind }),
  };
};
