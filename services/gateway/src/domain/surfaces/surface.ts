import type { Ask } from '../ask';
import type { Refusal } from '../refusal';

/** What clients can speak, one name for each operation. */
export const SURFACE_NAMES = [
  'openai-chat',
  'openai-completions',
  'openai-embeddings',
  'anthropic-messages',
  'anthropic-count-tokens',
] as const;
export type SurfaceName = (typeof SURFACE_NAMES)[number];

/** The words in which a client is told that its call failed. */
export interface FailureWords {
  /** Where SDKs of this language look for the id of a request, in lower case. */
  readonly requestIdHeader: string;
  /** The body of a refusal: JSON. */
  refusal(refusal: Refusal): string;
  /** What ends a stream whose head was sent: an event that SDKs throw on. */
  brokenStream(refusal: Refusal): string;
}

/** One operation that a client can ask for, in the language that it speaks. */
export interface Surface extends FailureWords {
  readonly name: SurfaceName;
  /** Paths that it is posted to, without a leading slash. */
  readonly paths: readonly string[];
  /** What follows it in `openai/deployments/{alias}/…`, where the path names what is called; absent where there is none. */
  readonly deploymentPath?: string;
  /** The JSON of an answer that came whole, as the stream that was asked for; absent where none can be asked for. */
  readonly events?: (answer: Buffer, usageAsked: boolean) => string;
  /**
   * Reads a body that is valid UTF-8. Throws Refusal `invalid_request` for what is malformed, `unsupported_parameter` for
   * what cannot be bounded; nothing was sent anywhere then.
   */
  parse(body: Buffer): Ask;
}
