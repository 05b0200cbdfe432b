import type { Pace } from './experience';

/** What was seen of an answer whose usage never came. */
export interface Unmetered {
  /** Bytes of generated text that arrived, or of the whole answer. */
  readonly contentBytes: number;
  readonly choices: number;
  /** The model may think without saying so. */
  readonly reasons: boolean;
  /** Milliseconds since the request was sent. */
  readonly tookMs: number;
  /** Milliseconds until text came first; equal to `tookMs` where none has. */
  readonly untilTextMs: number;
}

/** The same of a stream that was cut. */
export interface StreamSeen extends Unmetered {
  /** Milliseconds since text last arrived, or since the request was sent when none has. */
  readonly silentMs: number;
  /** The client read slower than the provider wrote: more may be under way than time tells. */
  readonly heldBack: boolean;
}

/** Under way between provider and gateway when a call is cut, per choice: tokens where nothing is known, else time. */
const TOKENS_UNDER_WAY = 64;
const MS_UNDER_WAY = 250;

/**
 * Output tokens of a stream that was cut: those of its text, and what has not arrived yet, which is bounded by the time since
 * something did. Errs high. Of thoughts that nobody was told, the time has to tell.
 */
export const outputOfCutStream = (seen: StreamSeen, pace: Pace): number => {
  if (seen.heldBack) return Number.MAX_SAFE_INTEGER;
  const { tokensPerMs, isMeasured } = pace;
  const silent = Math.max(0, seen.silentMs) * tokensPerMs;
  const underWay = Math.ceil(silent + (isMeasured ? MS_UNDER_WAY * tokensPerMs : TOKENS_UNDER_WAY));
  const said = Math.ceil(seen.contentBytes * pace.streamed) + seen.choices * underWay;
  return Math.max(said, hiddenTokens(seen, pace));
};

/** Output tokens of an answer that came whole, but without its usage. Never zero. */
export const outputOfWholeAnswer = (seen: Unmetered, streamed: boolean, pace: Pace): number => {
  const said = Math.ceil(seen.contentBytes * (streamed ? pace.streamed : pace.whole));
  return Math.max(1, said, hiddenTokens(seen, pace));
};

/** What is charged beside text whose tokens are counted. */
export interface BesideText {
  /** Tokens, added to those of the text and of what is around it. */
  readonly tokens: number;
  readonly choices: number;
  /** Of all, at the least: thoughts that nobody was told. */
  readonly least: number;
  /** The text came to its end. */
  readonly whole: boolean;
}

/** What was written of an answer, as far as it is counted. */
export interface CountedText {
  /** Tokens of all text, the names of tools and what they are called with included. */
  readonly tokens: number;
  /** Calls of tools that it began. */
  readonly calls: number;
  /** It has to be of a schema. */
  readonly ofSchema: boolean;
}

/** What frames a call, and an answer of a schema, as recorded answers of OpenAI's models were billed: tokens. */
const TOKENS_OF_CALL = 8;
const TOKENS_OF_SCHEMA = 5;
/** What ends an answer, and by which the text so far may be less dense than all of it, is no more: tokens. */
const TOKENS_AROUND_TEXT = 3;

/** Around a text of n tokens there are ⅔ √n: by so much is one part of it denser than another. */
const tokensAround = (tokens: number): number =>
  Math.min(TOKENS_AROUND_TEXT, Math.round((2 / 3) * Math.sqrt(tokens)));

/** What a schema adds comes with its text: two tokens with each five, until it is all there. */
const tokensOfSchema = (tokens: number, whole: boolean): number =>
  whole ? TOKENS_OF_SCHEMA : Math.min(TOKENS_OF_SCHEMA, Math.floor(0.4 * tokens));

/** Output tokens of an answer of which the tokens of the text are counted. */
export const outputOfCounted = (
  { tokens, calls, ofSchema }: CountedText,
  { tokens: under, choices, least, whole }: BesideText,
): number => {
  const each = tokens / choices;
  const framed = Math.max(calls * TOKENS_OF_CALL, ofSchema ? choices * tokensOfSchema(each, whole) : 0);
  return Math.max(1, least, tokens + under + choices * tokensAround(each) + framed);
};

/**
 * Output tokens of a stream that was cut, beside those of its text where these are counted. What is under way is no more than
 * the time since text last came tells: what the provider may have written beyond is doubt. Undefined where time tells nothing.
 */
export const besideCutText = (seen: StreamSeen, pace: Pace): BesideText | undefined => {
  if (seen.heldBack) return undefined;
  const silent = Math.ceil(Math.max(0, seen.silentMs) * pace.tokensPerMs);
  return {
    tokens: seen.choices * silent,
    choices: seen.choices,
    least: hiddenTokens(seen, pace),
    whole: false,
  };
};

/** The same of an answer that came to its end without its usage. */
export const besideWholeText = (seen: Unmetered, pace: Pace): BesideText => ({
  tokens: 0,
  choices: seen.choices,
  least: hiddenTokens(seen, pace),
  whole: true,
});

/** A model that was seen to hide its thoughts may have thought all the time; another that can, until it spoke. */
const hiddenTokens = ({ reasons, choices, tookMs, untilTextMs }: Unmetered, pace: Pace): number => {
  if (!pace.hidesThought && !reasons) return 0;
  return Math.ceil((pace.hidesThought ? tookMs : untilTextMs) * pace.tokensPerMs) * choices;
};
