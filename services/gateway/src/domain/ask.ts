import type { ImageSize } from './image-size';

/** Where a value stands in a body; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of a body: where its value stands, and where its key begins. */
export interface Member extends Span {
  readonly keyStart: number;
}

/** What a client asks, whatever language it speaks: where it wants to go, and all that the bound of its cost needs. */
export interface Ask {
  /** Nothing reads it any more once an answer to it was whole: what it is in is used again. */
  readonly body: Buffer;
  /** The top-level members of the body. */
  readonly members: ReadonlyMap<string, Member>;
  /** Absent when it names none. */
  readonly model?: string;
  readonly stream: boolean;
  /** The client expects the usage of a stream among its events. */
  readonly usageAsked: boolean;
  readonly demand: Demand;
}

export interface Demand {
  /** False for what providers answer for nothing: it counts as a request, and costs neither money nor tokens. */
  readonly billed: boolean;
  readonly prompt: PromptDemand;
  /** Absent where nothing is generated. */
  readonly output?: OutputDemand;
  /** True where it lets no dearer service tier serve it than the standard one; false or absent where that is left to the provider. */
  readonly standardTier?: boolean;
}

export interface PromptDemand {
  /** Bytes of all that may become prompt: no fewer than its tokens. */
  readonly bytes: number;
  /** Of those, what is not in the body: what it says once for several prompts, and what numbers may come to that are printed anew. */
  readonly growth: number;
  /** Messages, or whatever else a template is put around. */
  readonly messages: number;
  /** Prompts that the model sees apart from each other, at least 1: each of them has the context window for itself. */
  readonly prompts: number;
  /** Each image, with its size where the body tells it. */
  readonly images: readonly (ImageSize | undefined)[];
  /** Its size cannot be told from the body: files, audio, whatever is neither text nor image. */
  readonly opaque: boolean;
  readonly usesTools: boolean;
  /** It asks that some of it be kept in the provider's cache for a time that it names, which may be dearer than usual. */
  readonly keepsHour: boolean;
}

export interface OutputDemand {
  /** Answers that are generated apart from each other, at least 1. */
  readonly choices: number;
  /** Tokens of one choice, at least 1, by each name that the body gives them under. */
  readonly limits: ReadonlyMap<string, number>;
  /** Names of a limit that the operation does not have, each with the one that it has in their place. */
  readonly limitNames?: ReadonlyMap<string, string>;
  /** What of the body multiplies the output, beside `choices`. */
  readonly multipliers: ReadonlySet<string>;
  /** Bytes of a predicted output: what of it is rejected is billed as output. */
  readonly predictionBytes: number;
  /** The answer has to be of a schema that the body gives. */
  readonly ofSchema?: boolean;
  /** Tokens of one choice where the client set no limit, by the surface's own rule; absent: as many as the gateway gives. */
  readonly limitUnset?: number;
}
