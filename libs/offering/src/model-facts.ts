/** What a model is for. */
export type ModelKind =
  | 'chat'
  | 'completion'
  | 'embedding'
  | 'image'
  | 'speech'
  | 'transcription'
  | 'video'
  | 'rerank'
  | 'moderation'
  | 'other';

/** How many tokens fit. What is absent is unknown. */
export interface ModelLimits {
  /** Input plus output, at least 1. */
  readonly contextWindow?: bigint;
  /** The largest output of one choice, at least 1. */
  readonly maxOutputTokens?: bigint;
}

/** What an image comes to at most, as its vendor publishes it: it is cut into squares, each of which costs as much. */
export interface ImageTokens {
  /** Tokens of every image. */
  readonly base: number;
  /** The side of a square in pixels; 0 where its size does not matter. */
  readonly squareSide: number;
  /** Thousandths of a token. */
  readonly squareMillitokens: number;
  /** Larger images are made smaller, until no more squares than this cover them. */
  readonly squaresMax: number;
}

/** Encodings by which text becomes tokens whose tables are published, as their vendor calls them. */
export const TOKENIZERS = ['cl100k_base', 'o200k_base'] as const;
export type Tokenizer = (typeof TOKENIZERS)[number];

/** Every name under which some server takes an output limit: whichever of them is given is a limit. */
export const OUTPUT_LIMIT_NAMES = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_new_tokens',
  'n_predict',
  'num_predict',
] as const;

/** How a model is served, as far as what it costs depends on it. What is absent is as its provider has it. */
export interface ModelServing {
  /** Tokens that its server puts around every prompt by itself, beside the frame that any bound has room for; at least 1. */
  readonly templateTokens?: bigint;
  /** The one name under which it honours an output limit. */
  readonly outputLimit?: string;
  /** The fastest that it writes an answer, in tokens a second; at least 1. */
  readonly tokensPerSecondMax?: number;
}

/** What the catalog knows of a model of a provider. */
export interface ModelFacts extends ModelLimits {
  /** The provider's name of it. */
  readonly name: string;
  readonly kind: ModelKind;
  /** What it can do, e.g. `tools`, `image-input`, `reasoning`; sorted. */
  readonly capabilities: readonly string[];
  /** The version of the catalog in which it was listed first, at least 1. */
  readonly listedSince: bigint;
  /** The provider lists it no more. Who has it keeps it until the provider refuses it. */
  readonly withdrawn: boolean;
  /** What the provider advises instead. */
  readonly successor?: string;
  /** Absent: nobody says what an image comes to. */
  readonly imageTokens?: ImageTokens;
  /** Absent: how its text becomes tokens is not known. */
  readonly tokenizer?: Tokenizer;
  readonly serving?: ModelServing;
}
