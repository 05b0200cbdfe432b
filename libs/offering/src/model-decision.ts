import type { CustomModel, ModelAccess, ModelDecisions } from './model-decisions';
import { PRICE_MULTIPLIER_ONE, type Prices } from './prices';

/** One thing that the admin decided, as events record it. */
export type ModelDecision =
  /** All that the catalog lists in this version of it, from now on; and whatever was revoked. */
  | { readonly type: 'ListedModelsSelected'; readonly selectedAt: bigint }
  /** None from now on, custom models included; auto-enabling is decided apart. */
  | { readonly type: 'ModelSelectionCleared' }
  | { readonly type: 'IntegrationModelsAllowed'; readonly names: readonly string[] }
  | { readonly type: 'IntegrationModelsRevoked'; readonly names: readonly string[] }
  | { readonly type: 'AutoEnableModelsTurnedOn' }
  | { readonly type: 'AutoEnableModelsTurnedOff' }
  /** In place of one of the same name. One that is revoked stays so. */
  | { readonly type: 'CustomModelDefined'; readonly model: CustomModel }
  | { readonly type: 'CustomModelRemoved'; readonly name: string }
  | { readonly type: 'PriceOverridden'; readonly model: string; readonly prices: Prices }
  | { readonly type: 'PriceOverrideRemoved'; readonly model: string }
  /** In ten-thousandths. */
  | { readonly type: 'PriceMultiplierSet'; readonly priceMultiplier: bigint };

export type ModelDecisionType = ModelDecision['type'];

const MODEL_DECISION_TYPES: Readonly<Record<ModelDecisionType, true>> = {
  ListedModelsSelected: true,
  ModelSelectionCleared: true,
  IntegrationModelsAllowed: true,
  IntegrationModelsRevoked: true,
  AutoEnableModelsTurnedOn: true,
  AutoEnableModelsTurnedOff: true,
  CustomModelDefined: true,
  CustomModelRemoved: true,
  PriceOverridden: true,
  PriceOverrideRemoved: true,
  PriceMultiplierSet: true,
};

/** Whether an event, or its message, is a decision on models. */
export const isModelDecision = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: ModelDecisionType }> =>
  Object.hasOwn(MODEL_DECISION_TYPES, event.type);

/** An integration of which nothing was decided yet offers nothing. */
export const NOTHING_DECIDED: ModelDecisions = {
  access: { selectedAt: 0n, autoEnable: false, allowed: new Set(), revoked: new Set() },
  customModels: new Map(),
  priceOverrides: new Map(),
  priceMultiplier: PRICE_MULTIPLIER_ONE,
};

/** What is decided after one more decision: how every service reads such events. */
export const decidedAfter = (decisions: ModelDecisions, decision: ModelDecision): ModelDecisions => {
  switch (decision.type) {
    case 'ListedModelsSelected':
    case 'ModelSelectionCleared':
    case 'IntegrationModelsAllowed':
    case 'IntegrationModelsRevoked':
    case 'AutoEnableModelsTurnedOn':
    case 'AutoEnableModelsTurnedOff':
      return { ...decisions, access: accessAfter(decisions, decision) };
    case 'CustomModelDefined': {
      const { model } = decision;
      return { ...decisions, customModels: new Map(decisions.customModels).set(model.name, model) };
    }
    case 'CustomModelRemoved':
      return withoutCustomModel(decisions, decision.name);
    case 'PriceOverridden': {
      const { model, prices } = decision;
      return { ...decisions, priceOverrides: new Map(decisions.priceOverrides).set(model, prices) };
    }
    case 'PriceOverrideRemoved':
      return { ...decisions, priceOverrides: withoutKey(decisions.priceOverrides, decision.model) };
    case 'PriceMultiplierSet':
      return { ...decisions, priceMultiplier: decision.priceMultiplier };
  }
};

type AccessDecision = Extract<
  ModelDecision,
  {
    readonly type:
      | 'ListedModelsSelected'
      | 'ModelSelectionCleared'
      | 'IntegrationModelsAllowed'
      | 'IntegrationModelsRevoked'
      | 'AutoEnableModelsTurnedOn'
      | 'AutoEnableModelsTurnedOff';
  }
>;

const accessAfter = ({ access, customModels }: ModelDecisions, decision: AccessDecision): ModelAccess => {
  const { allowed, revoked } = access;
  switch (decision.type) {
    case 'ListedModelsSelected':
      return { ...access, selectedAt: decision.selectedAt, revoked: new Set() };
    case 'ModelSelectionCleared':
      return {
        ...access,
        selectedAt: 0n,
        allowed: new Set(),
        revoked: union(revoked, customModels.keys()),
      };
    case 'IntegrationModelsAllowed': {
      const { names } = decision;
      return { ...access, allowed: union(allowed, names), revoked: without(revoked, names) };
    }
    case 'IntegrationModelsRevoked': {
      const { names } = decision;
      return { ...access, allowed: without(allowed, names), revoked: union(revoked, names) };
    }
    case 'AutoEnableModelsTurnedOn':
      return { ...access, autoEnable: true };
    case 'AutoEnableModelsTurnedOff':
      return { ...access, autoEnable: false };
  }
};

/** Its name is no longer allowed by name: who allowed it meant this one. Revoked it stays. */
const withoutCustomModel = (decisions: ModelDecisions, name: string): ModelDecisions => {
  const { access, customModels } = decisions;
  return {
    ...decisions,
    access: { ...access, allowed: without(access.allowed, [name]) },
    customModels: withoutKey(customModels, name),
  };
};

const union = (some: ReadonlySet<string>, more: Iterable<string>): ReadonlySet<string> =>
  new Set([...some, ...more]);

const without = (some: ReadonlySet<string>, those: readonly string[]): ReadonlySet<string> => {
  const gone = new Set(those);
  return new Set([...some].filter((name) => !gone.has(name)));
};

const withoutKey = <Value>(some: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> =>
  new Map([...some].filter(([name]) => name !== key));
