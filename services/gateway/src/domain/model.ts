import type { ImageTokens, ModelServing, OfferedModel, Prices, Tokenizer } from '@gatehouse/offering';

/** A model as an integration offers it, in the numbers that requests are bounded with. */
export interface Model {
  readonly name: string;
  /** Absent: unpriced. */
  readonly prices?: Prices;
  /** Tokens of one choice; absent: unknown. */
  readonly maxOutputTokens?: number;
  /** Tokens, input plus output; absent: unknown. */
  readonly contextWindow?: number;
  /** Absent: unknown. */
  readonly imageTokens?: ImageTokens;
  /** Absent: how its text becomes tokens is not known. */
  readonly tokenizer?: Tokenizer;
  /** It may think before it speaks. */
  readonly reasons?: boolean;
  /** Tokens that its server puts around every prompt by itself; absent: none that anybody knows of. */
  readonly templateTokens?: number;
  /** Where it is served otherwise than its provider's models are. */
  readonly serving?: Pick<ModelServing, 'outputLimit' | 'tokensPerSecondMax'>;
  /** Whether it is catalogued or custom. */
  readonly known: boolean;
}

/** No model reads or writes more than this; sums and products of it stay exact. */
const TOKENS_MAX = 1_000_000_000n;

export const boundedModel = ({
  name,
  price,
  maxOutputTokens,
  contextWindow,
  imageTokens,
  tokenizer,
  capabilities,
  serving,
  known,
}: OfferedModel): Model => ({
  name,
  known,
  ...(price && { prices: price.prices }),
  ...(maxOutputTokens !== undefined && { maxOutputTokens: tokens(maxOutputTokens) }),
  ...(contextWindow !== undefined && { contextWindow: tokens(contextWindow) }),
  ...(imageTokens && { imageTokens }),
  ...(tokenizer && { tokenizer }),
  ...(capabilities.includes('reasoning') && { reasons: true }),
  ...(serving && { serving }),
  ...(serving?.templateTokens !== undefined && { templateTokens: tokens(serving.templateTokens) }),
});

const tokens = (value: bigint): number => Number(value > TOKENS_MAX ? TOKENS_MAX : value < 1n ? 1n : value);
