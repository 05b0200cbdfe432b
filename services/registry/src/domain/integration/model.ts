import { type FieldViolation, hasSteeringCharacters } from '@gatehouse/kernel';
import {
  type CustomModel,
  type ModelLimits,
  type ModelServing,
  OUTPUT_LIMIT_NAMES,
} from '@gatehouse/offering';

/** So many that the event that names them all stays far below what a store takes. */
export const CUSTOM_MODELS_MAX = 200;
/** So many in one command that its event stays below what a store takes. */
export const MODEL_NAMES_MAX = 500;
const NAME_LENGTH_MAX = 256;
const TOKENS_MAX = 1_000_000_000n;
const TEMPLATE_TOKENS_MAX = 1_000_000n;
const TOKENS_PER_SECOND_MAX = 1_000_000;

/** What is wrong with the custom models of a connection; `field` is the proto's spelling. Prices are parsed already. */
export const customModelsFaults = (models: readonly CustomModel[]): readonly FieldViolation[] => {
  if (models.length > CUSTOM_MODELS_MAX) {
    return [{ field: 'custom_models', description: `must have at most ${CUSTOM_MODELS_MAX} models` }];
  }
  const seen = new Set<string>();
  return models.flatMap((model, index) => {
    const repeated = seen.has(model.name);
    seen.add(model.name);
    const path = `custom_models[${index}]`;
    const faults = customModelFaults(model, path);
    if (!repeated || faults.some(({ field }) => field === `${path}.name`)) return faults;
    return [{ field: `${path}.name`, description: 'names another model of the list' }, ...faults];
  });
};

/** What is wrong with one; `path` is where it stands in the request. */
export const customModelFaults = (model: CustomModel, path: string): readonly FieldViolation[] => [
  ...modelNameFaults(model.name, `${path}.name`),
  ...(model.baseModel === undefined ? [] : modelNameFaults(model.baseModel, `${path}.base_model`)),
  ...(model.fineTuned && model.baseModel === undefined
    ? [{ field: `${path}.base_model`, description: 'is required for what is fine-tuned' }]
    : []),
  ...tokenFaults(model, path),
  ...servingFaults(model.serving, `${path}.serving`),
];

/** What is wrong with a model's name, of whatever model. */
export const modelNameFaults = (name: string, field: string): readonly FieldViolation[] => {
  const length = [...name].length;
  if (length < 1 || length > NAME_LENGTH_MAX) {
    return [{ field, description: `must have 1 to ${NAME_LENGTH_MAX} characters` }];
  }
  if (hasSteeringCharacters(name)) {
    return [{ field, description: 'must not contain control or bidirectional characters' }];
  }
  return [];
};

/** What is wrong with a list of names. */
export const modelNamesFaults = (names: readonly string[], field: string): readonly FieldViolation[] =>
  names.length > MODEL_NAMES_MAX
    ? [{ field, description: `must have at most ${MODEL_NAMES_MAX} names` }]
    : names.flatMap((name, index) => modelNameFaults(name, `${field}[${index}]`));

const tokenFaults = (model: CustomModel, path: string): FieldViolation[] => {
  const { maxOutputTokens, contextWindow } = requiredLimits(model);
  const faults: FieldViolation[] = [];
  if (!inTokenRange(maxOutputTokens)) {
    faults.push({ field: `${path}.max_output_tokens`, description: `must be 1 to ${TOKENS_MAX}` });
  }
  if (!inTokenRange(contextWindow)) {
    faults.push({ field: `${path}.context_window`, description: `must be 1 to ${TOKENS_MAX}` });
  } else if (
    contextWindow !== undefined &&
    maxOutputTokens !== undefined &&
    contextWindow < maxOutputTokens
  ) {
    faults.push({ field: `${path}.context_window`, description: 'must be at least max_output_tokens' });
  }
  return faults;
};

const servingFaults = (
  { templateTokens = 1n, outputLimit, tokensPerSecondMax = 1 }: ModelServing = {},
  path: string,
): FieldViolation[] => {
  const rules: readonly (readonly [string, boolean, string])[] = [
    [
      'template_tokens',
      templateTokens >= 1n && templateTokens <= TEMPLATE_TOKENS_MAX,
      `must be 1 to ${TEMPLATE_TOKENS_MAX}, or 0 for none`,
    ],
    [
      'output_limit',
      outputLimit === undefined || OUTPUT_LIMIT_NAMES.some((name) => name === outputLimit),
      `must be one of ${OUTPUT_LIMIT_NAMES.join(', ')}, or empty`,
    ],
    [
      'tokens_per_second_max',
      tokensPerSecondMax >= 1 && tokensPerSecondMax <= TOKENS_PER_SECOND_MAX,
      `must be 1 to ${TOKENS_PER_SECOND_MAX}, or 0 for what its provider is known for`,
    ],
  ];
  return rules.flatMap(([field, fine, description]) =>
    fine ? [] : [{ field: `${path}.${field}`, description }],
  );
};

/** Without a base model, what is left out is nowhere else: it counts as nothing at all. */
const requiredLimits = ({ baseModel, contextWindow, maxOutputTokens }: CustomModel): ModelLimits =>
  baseModel === undefined
    ? { contextWindow: contextWindow ?? 0n, maxOutputTokens: maxOutputTokens ?? 0n }
    : {
        ...(contextWindow !== undefined && { contextWindow }),
        ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      };

const inTokenRange = (tokens: bigint | undefined): boolean =>
  tokens === undefined || (tokens >= 1n && tokens <= TOKENS_MAX);
