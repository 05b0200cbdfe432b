/** What was seen of a stream whose usage never came. */
export interface StreamSeen {
  /** Bytes of generated text that arrived. */
  readonly contentBytes: number;
  readonly choices: number;
  /** Milliseconds since text last arrived, or since the request was sent when none has. */
  readonly silentMs: number;
  /** The client read slower than the provider wrote: more may be under way than time tells. */
  readonly heldBack: boolean;
}

/** No model writes faster than this, per choice. */
const TOKENS_PER_MS = 0.5;
/** Tokens under way between provider and gateway when the call is cut, per choice. */
const TOKENS_UNDER_WAY = 64;

/**
 * Output tokens of a stream that was cut: a token is at least one byte of text, and what has not arrived yet is
 * bounded by the time since something did. Errs high; hidden reasoning before the first text is bounded by time too.
 */
export const outputOfCutStream = (seen: StreamSeen): number => {
  if (seen.heldBack) return Number.MAX_SAFE_INTEGER;
  const underWay = TOKENS_UNDER_WAY + Math.ceil(Math.max(0, seen.silentMs) * TOKENS_PER_MS);
  return seen.contentBytes + seen.choices * underWay;
};

/** Output tokens of an answer that came whole, but without its usage. Never zero. */
export const outputOfWholeAnswer = (contentBytes: number): number => Math.max(1, contentBytes);
