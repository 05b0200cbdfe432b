import type { CustomModel, ModelDecisions } from './model-decisions';
import type { ImageTokens, ModelFacts, ModelKind, ModelLimits, ModelServing, Tokenizer } from './model-facts';
import { multipliedPrices, PRICE_MULTIPLIER_ONE, type Prices } from './prices';

/** What is published of the models of one provider: the catalog's facts, the price book's prices. */
export interface PublishedModels {
  /** In any order, each once. */
  names(): Iterable<string>;
  factsOf(name: string): ModelFacts | undefined;
  /** Undefined: unpriced. */
  pricesOf(name: string): Prices | undefined;
}

/** Why a model is allowed, or not: the first that holds, in this order. */
export type AccessReason =
  | 'revoked'
  | 'allowed'
  | 'custom'
  /** The catalog had listed it when everything was selected. */
  | 'selected'
  | 'auto-enabled'
  | 'not-selected';

/** Where a price is from, the nearest first. */
export type PriceLayer = 'override' | 'custom' | 'multiplier' | 'book';

/** A model as an integration offers it. */
export interface OfferedModel extends ModelLimits {
  readonly name: string;
  readonly kind: ModelKind;
  readonly capabilities: readonly string[];
  /** Absent: unpriced, which is not free. */
  readonly price?: { readonly layer: PriceLayer; readonly prices: Prices };
  /** Neither catalogued nor custom: nothing is known of it but its name. */
  readonly known: boolean;
  readonly withdrawn: boolean;
  readonly successor?: string;
  readonly imageTokens?: ImageTokens;
  readonly tokenizer?: Tokenizer;
  /** Absent: as its provider's models are. */
  readonly serving?: ModelServing;
}

/** Whether an integration offers a model of this name. */
export const isAllowed = (name: string, decisions: ModelDecisions, published: PublishedModels): boolean => {
  const reason = accessReasonOf(name, decisions, published);
  return reason !== 'revoked' && reason !== 'not-selected';
};

export const accessReasonOf = (
  name: string,
  { access, customModels }: ModelDecisions,
  published: PublishedModels,
): AccessReason => {
  if (access.revoked.has(name)) return 'revoked';
  if (access.allowed.has(name)) return 'allowed';
  if (customModels.has(name)) return 'custom';
  const listedSince = published.factsOf(name)?.listedSince;
  if (listedSince !== undefined && listedSince <= access.selectedAt) return 'selected';
  return access.autoEnable ? 'auto-enabled' : 'not-selected';
};

/** The model of this name as it is offered; undefined where it is not allowed. */
export const offeredModel = (
  name: string,
  decisions: ModelDecisions,
  published: PublishedModels,
): OfferedModel | undefined =>
  isAllowed(name, decisions, published) ? composedModel(name, decisions, published) : undefined;

/** The names of all that can be listed, sorted. Auto-enabling allows more than anybody can list. */
export const offeredNames = (decisions: ModelDecisions, published: PublishedModels): readonly string[] =>
  knownNames(decisions, published).filter((name) => isAllowed(name, decisions, published));

/** The names of all that was published, defined or decided upon, allowed or not, sorted. */
export const knownNames = (
  { access, customModels, priceOverrides }: ModelDecisions,
  published: PublishedModels,
): readonly string[] =>
  [
    ...new Set([
      ...published.names(),
      ...customModels.keys(),
      ...priceOverrides.keys(),
      ...access.allowed,
      ...access.revoked,
    ]),
  ].sort();

/**
 * What the layers say of a model together, whether it is allowed or not. A custom model is what it says, and what its base
 * model is: from a model of the catalog that has its name it takes nothing.
 */
export const composedModel = (
  name: string,
  decisions: ModelDecisions,
  published: PublishedModels,
): OfferedModel => {
  const custom = decisions.customModels.get(name);
  const listed = listedName(name, custom);
  const facts = listed === undefined ? undefined : published.factsOf(listed);
  const price = priceOf(name, decisions, published);
  const serving = servingOf(custom?.serving, facts?.serving);
  return {
    name,
    kind: custom?.kind ?? facts?.kind ?? 'chat',
    capabilities: facts?.capabilities ?? [],
    ...limitsOf(facts),
    ...limitsOf(custom),
    ...(price && { price }),
    known: custom !== undefined || facts !== undefined,
    withdrawn: facts?.withdrawn ?? false,
    ...(facts?.successor !== undefined && { successor: facts.successor }),
    ...(facts?.imageTokens && { imageTokens: facts.imageTokens }),
    ...(facts?.tokenizer && { tokenizer: facts.tokenizer }),
    ...(serving && { serving }),
  };
};

/** Of each, the nearer layer that says it. */
const servingOf = (
  custom: ModelServing | undefined,
  facts: ModelServing | undefined,
): ModelServing | undefined => (custom && facts ? { ...facts, ...custom } : (custom ?? facts));

/** The nearest layer that knows a price gives the whole of it, so that no request is priced half by one, half by another. */
const priceOf = (
  name: string,
  { priceOverrides, customModels, priceMultiplier }: ModelDecisions,
  published: PublishedModels,
): OfferedModel['price'] => {
  const override = priceOverrides.get(name);
  if (override) return { layer: 'override', prices: override };
  const custom = customModels.get(name);
  if (custom?.prices) return { layer: 'custom', prices: custom.prices };
  // What was trained further costs something else than its base, which a price book has by no name of it.
  if (custom?.fineTuned) return undefined;
  const listed = listedName(name, custom);
  const book = listed === undefined ? undefined : published.pricesOf(listed);
  if (!book) return undefined;
  if (priceMultiplier === PRICE_MULTIPLIER_ONE) return { layer: 'book', prices: book };
  return { layer: 'multiplier', prices: multipliedPrices(book, priceMultiplier) };
};

/** Under which name the catalog is asked. */
const listedName = (name: string, custom: CustomModel | undefined): string | undefined =>
  custom ? custom.baseModel : name;

const limitsOf = ({ contextWindow, maxOutputTokens }: ModelLimits = {}): ModelLimits => ({
  ...(contextWindow !== undefined && { contextWindow }),
  ...(maxOutputTokens !== undefined && { maxOutputTokens }),
});
