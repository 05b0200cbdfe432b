/** A tool that a request offers. */
export interface ToolOffer {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly schema: unknown;
}

/** Whether the model may, may not or must call a tool, or one tool. */
export type ToolUse = 'auto' | 'none' | 'any' | { readonly named: string };

/** What a request asks to be generated, whatever wire it came by. */
export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  readonly choices: number;
  /** Of each choice; undefined when absent. */
  readonly outputLimit: number | undefined;
  /** UTF-8 bytes of all contents, tools and their arguments included. */
  readonly contentBytes: number;
  readonly tools: readonly ToolOffer[];
  readonly toolUse: ToolUse;
  readonly parallelTools: boolean;
  /** The last message answers tool calls, so that the model need not call again. */
  readonly answersTools: boolean;
  /** JSON schema that the text must keep; undefined: none. */
  readonly schema: unknown;
  /** The model thinks before it speaks. */
  readonly reasons: boolean;
}

/** A request for text and nothing else. */
export const TEXT_ONLY = {
  choices: 1,
  tools: [],
  toolUse: 'none',
  parallelTools: true,
  answersTools: false,
  schema: undefined,
  reasons: false,
} as const satisfies Partial<Ask>;

export const BYTES_PER_TOKEN = 4;

/** The simulator's tokenizer: four bytes are a token. */
export const promptTokensOf = (contentBytes: number): number => Math.ceil(contentBytes / BYTES_PER_TOKEN);
