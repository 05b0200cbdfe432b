import { type FieldViolation, hasSteeringCharacters, type NanoUsdPerMillion } from '@gatehouse/kernel';

/** A model as an integration offers it. A price that is absent is unknown, never 0. */
export interface Model {
  /** The provider's name of it. */
  readonly name: string;
  readonly inputPrice?: NanoUsdPerMillion;
  readonly outputPrice?: NanoUsdPerMillion;
  /** Of input tokens served from the provider's cache; absent: the input price. */
  readonly cachedInputPrice?: NanoUsdPerMillion;
  /** Of input tokens written to the provider's cache; absent: the input price. */
  readonly cacheWritePrice?: NanoUsdPerMillion;
  /** The largest output of one choice, in tokens. */
  readonly maxOutputTokens: bigint;
  /** Input plus output, in tokens. */
  readonly contextWindow: bigint;
}

/** So many that the event that names them all stays far below what a store takes. */
export const CUSTOM_MODELS_MAX = 200;
const NAME_LENGTH_MAX = 256;
const TOKENS_MAX = 1_000_000_000n;

/** What is wrong with the custom models of a request; `field` is the proto's spelling. Prices are parsed already. */
export const customModelFaults = (models: readonly Model[]): readonly FieldViolation[] => {
  if (models.length > CUSTOM_MODELS_MAX) {
    return [{ field: 'custom_models', description: `must have at most ${CUSTOM_MODELS_MAX} models` }];
  }
  const seen = new Set<string>();
  return models.flatMap((model, index) => {
    const repeated = seen.has(model.name);
    seen.add(model.name);
    const path = `custom_models[${index}]`;
    return [...nameFaults(model.name, repeated, `${path}.name`), ...tokenFaults(model, path)];
  });
};

/** Every model an integration offers: a custom model takes the place of the catalog's of the same name. */
export const offeredModels = (catalog: readonly Model[], custom: readonly Model[]): readonly Model[] => {
  const replaced = new Set(custom.map(({ name }) => name));
  return [...catalog.filter(({ name }) => !replaced.has(name)), ...custom];
};

const nameFaults = (name: string, repeated: boolean, field: string): FieldViolation[] => {
  const length = [...name].length;
  if (length < 1 || length > NAME_LENGTH_MAX) {
    return [{ field, description: `must have 1 to ${NAME_LENGTH_MAX} characters` }];
  }
  if (hasSteeringCharacters(name)) {
    return [{ field, description: 'must not contain control or bidirectional characters' }];
  }
  return repeated ? [{ field, description: 'names another model of the list' }] : [];
};

const tokenFaults = ({ maxOutputTokens, contextWindow }: Model, path: string): FieldViolation[] => {
  const faults: FieldViolation[] = [];
  if (!inTokenRange(maxOutputTokens)) {
    faults.push({ field: `${path}.max_output_tokens`, description: `must be 1 to ${TOKENS_MAX}` });
  }
  if (!inTokenRange(contextWindow)) {
    faults.push({ field: `${path}.context_window`, description: `must be 1 to ${TOKENS_MAX}` });
  } else if (contextWindow < maxOutputTokens) {
    faults.push({ field: `${path}.context_window`, description: 'must be at least max_output_tokens' });
  }
  return faults;
};

const inTokenRange = (tokens: bigint): boolean => tokens >= 1n && tokens <= TOKENS_MAX;
