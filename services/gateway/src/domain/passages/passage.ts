import type { Ask } from '../ask';
import type { Callee } from '../dialects/dialect';
import type { GeneratedText } from '../generated-text';
import type { Usage } from '../usage';
import type { OutgoingBody } from '../outgoing-body';

/** What a request is to go out as. */
export interface Destination extends Callee {
  /** Tokens of one choice. */
  readonly outputLimit?: {
    /** The one name that the provider honours. */
    readonly name: string;
    readonly tokens: number;
  };
  /** Members that must not go out: other names of a limit. */
  readonly removed: readonly string[];
  /** What the provider's language cannot express may be left out, and is then named. */
  readonly dropUnsupported: boolean;
}

export interface Outgoing {
  /** What is asked for, as its dialect writes it where it has it: e.g. `/chat/completions`. */
  readonly operation: string;
  readonly body: OutgoingBody;
  /** Parameters that were left out, by the places where the client wrote them. */
  readonly dropped?: readonly string[];
}

/** What was seen of an answer so far, whoever reads it. */
export interface Seen {
  readonly usage: Usage | undefined;
  /** The answer went on after that was told, or is more than nothing where that is nothing: it comes to no less. */
  readonly usageIsPart: boolean;
  /** Bytes of all text that was generated and has arrived, also where it is not handed on yet: no fewer than its tokens. */
  readonly textBytes: number;
  /** The provider said that every answer has come to its end; what it counted may still follow. */
  readonly finished: boolean;
  /** The provider said that the stream is over. */
  readonly ended: boolean;
  /** The provider said that it failed. */
  readonly failed: boolean;
  /** The client was told so in what it was handed. */
  readonly failureTold: boolean;
}

/** Of an answer of which no stream was heard: all that is known of it came whole. */
export const seenWhole = (
  usage: Usage | undefined,
  { usageIsPart, textBytes, failed }: Pick<Seen, 'usageIsPart' | 'textBytes' | 'failed'>,
): Seen => ({
  usage,
  usageIsPart,
  textBytes,
  finished: false,
  ended: false,
  failed,
  failureTold: false,
});

/** Reads one answer as it comes, and says it in the client's language. */
export interface AnswerReader {
  readonly seen: Seen;
  /** Of what it hands on; undefined: whatever the provider said. */
  readonly contentType: string | undefined;
  /** Of a stream: what of it may go to the client now. */
  feed(chunk: Buffer): readonly Buffer[];
  /** What is left when the provider has ended the stream. */
  end(): readonly Buffer[];
  /**
   * Of an answer that came whole: what the client gets; undefined where it is no answer. `seen` is set after it, and says
   * where it was a failure.
   */
  whole(body: Buffer): Buffer | undefined;
  /** Of a failing answer that the client may see: what it gets. `seen.usage` is set after it. */
  failure(status: number, body: Buffer): Buffer;
}

/** What an answer is told that does not say it of itself. */
export interface Attempt {
  readonly requestId: string;
  readonly askedAt: Date;
  /** Where to keep what the model writes, so that it can be counted. */
  readonly written?: GeneratedText;
}

/** A way from a surface to a dialect and back. */
export interface Passage {
  /** Not everything can be said on the other side: `request` may refuse what is asked. */
  readonly translates: boolean;
  /** Throws Refusal `unsupported_parameter` for what cannot be expressed. */
  request(ask: Ask, to: Destination): Outgoing;
  answer(ask: Ask, from: Callee, attempt: Attempt): AnswerReader;
}
