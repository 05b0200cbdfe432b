import type { Ask } from '../ask';
import type { Callee, Dialect, StreamEar } from '../dialects/dialect';
import { type Json, jsonObjectIn } from '../json-values';
import type { GeneratedText } from '../generated-text';
import type { SseEvent } from '../streams/sse-event';
import { SseReader } from '../streams/sse-reader';
import type { Usage } from '../usage';
import { type AnswerReader, type Seen, seenWhole } from './passage';

/** A translated stream holds an event until it is whole; a larger one than this is lost. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;

/** Says a provider's events in the client's language. */
export interface StreamTranslator {
  /** What the client gets for one event: server-sent events, or nothing. */
  event(event: Json): string;
  /** The same for the event by which the provider failed: nothing is said after it. */
  failure(event: Json): string;
  /** What is left to say when the provider has ended the stream, or has said that it ends; once. */
  end(): string;
}

/** How a provider's answers come, and how they read in the client's language. */
export interface AnswerTranslator {
  framing(): Framing;
  /** Undefined where it is no such answer. */
  whole(answer: unknown): Json | undefined;
  error(answer: unknown): Json;
  stream(): StreamTranslator;
}

/** One piece of a provider's stream. */
export interface Framed {
  /** What the ear hears. */
  readonly heard: Buffer;
  /** What is handed on as it is. */
  readonly kept?: Buffer;
  /** What is translated; undefined where it says nothing. */
  readonly event?: Json | undefined;
  /** It says that no event follows. */
  readonly done?: true;
  /** It was too large, or broken: what it said is lost. */
  readonly lost?: true;
}

/** Cuts a provider's stream into events. */
export interface Framing {
  feed(chunk: Buffer): readonly Framed[];
  end(): readonly Framed[];
  /** Bytes of an event that is not whole yet. */
  readonly pendingBytes: number;
}

const DONE = Buffer.from('[DONE]');

const framedEvent = ({ raw, data }: SseEvent): Framed => {
  if (data.equals(DONE)) return { heard: raw, done: true };
  return { heard: raw, event: jsonObjectIn(data) };
};

/** Server-sent events; comments keep the client's connection alive as they do the provider's. */
export class SseFraming implements Framing {
  private readonly reader = new SseReader(EVENT_BYTES_MAX);

  feed(chunk: Buffer): readonly Framed[] {
    return this.framed(this.reader.feed(chunk));
  }

  end(): readonly Framed[] {
    return this.framed(this.reader.end());
  }

  get pendingBytes(): number {
    return this.reader.pendingBytes;
  }

  private framed(pieces: ReturnType<SseReader['feed']>): readonly Framed[] {
    return pieces.map((piece): Framed => {
      switch (piece.kind) {
        case 'event':
          return framedEvent(piece);
        case 'between':
          return { heard: piece.raw, kept: piece.raw };
        case 'part':
          return { heard: piece.raw, lost: true };
      }
    });
  }
}

/** Who hears a stream, and tells it. */
interface Heard {
  readonly ear: StreamEar;
  readonly framing: Framing;
  readonly translator: StreamTranslator;
}

/** Reads an answer by its own dialect's ear, and says it in the client's language. */
export class TranslatedAnswer implements AnswerReader {
  /** Made when the first of a stream comes: most answers come whole. */
  private heard: Heard | undefined;
  private wholeUsage: Usage | undefined;
  private wholeBytes = 0;
  private lostBytes = 0;
  private wholeFailed = false;
  private wholeIsPart = false;
  private failureTold = false;
  private streams: boolean;

  constructor(
    private readonly ask: Ask,
    private readonly from: Callee,
    private readonly dialect: Pick<Dialect, 'assembled' | 'ear' | 'isError' | 'isWritten' | 'usageIn'>,
    private readonly translation: AnswerTranslator,
    private readonly written?: GeneratedText,
  ) {
    this.streams = ask.stream;
  }

  get contentType(): string {
    return this.streams ? 'text/event-stream; charset=utf-8' : 'application/json';
  }

  get seen(): Seen {
    const { heard, lostBytes, wholeUsage, wholeBytes, wholeFailed, wholeIsPart } = this;
    if (!heard)
      return seenWhole(wholeUsage, { usageIsPart: wholeIsPart, textBytes: wholeBytes, failed: wholeFailed });
    const { ear, framing } = heard;
    return {
      usage: wholeUsage ?? ear.usage,
      usageIsPart: wholeUsage === undefined && ear.usageIsPart,
      textBytes: wholeBytes + ear.textBytes + lostBytes + framing.pendingBytes,
      finished: ear.finished,
      ended: ear.ended,
      failed: ear.failed || lostBytes > 0 || wholeFailed,
      failureTold: this.failureTold,
    };
  }

  feed(chunk: Buffer): readonly Buffer[] {
    const heard = (this.heard ??= this.begin());
    return this.said(heard, heard.framing.feed(chunk));
  }

  end(): readonly Buffer[] {
    const heard = (this.heard ??= this.begin());
    const last = this.said(heard, heard.framing.end());
    const rest = heard.ear.failed ? '' : heard.translator.end();
    return rest === '' ? last : [...last, Buffer.from(rest)];
  }

  private begin(): Heard {
    const { ask, from, dialect, translation, written } = this;
    return {
      ear: dialect.ear(from.quirks, ask.demand.output?.choices ?? 1, written),
      framing: translation.framing(),
      translator: translation.stream(),
    };
  }

  whole(body: Buffer): Buffer | undefined {
    const answer = jsonObjectIn(body) ?? this.dialect.assembled(body);
    this.streams = false;
    this.wholeFailed = this.dialect.isError(answer);
    this.wholeUsage = this.dialect.usageIn(answer, this.from.quirks);
    this.wholeIsPart = this.wholeUsage?.outputTokens === 0 && this.dialect.isWritten(answer);
    this.wholeBytes = body.length;
    const told = this.translation.whole(answer);
    if (this.wholeFailed) return Buffer.from(JSON.stringify(this.translation.error(answer)));
    return told && Buffer.from(JSON.stringify(told));
  }

  failure(_status: number, body: Buffer): Buffer {
    const answer = jsonObjectIn(body);
    this.wholeUsage = this.dialect.usageIn(answer, this.from.quirks);
    return Buffer.from(JSON.stringify(this.translation.error(answer)));
  }

  /** What was said in one chunk goes to the client in one piece. */
  private said(heard: Heard, framed: readonly Framed[]): readonly Buffer[] {
    const pieces = framed.flatMap((one) => this.saidOf(heard, one));
    return pieces.length <= 1 ? pieces : [Buffer.concat(pieces)];
  }

  private saidOf({ ear, translator }: Heard, framed: Framed): readonly Buffer[] {
    const { heard, kept, lost } = framed;
    const failedBefore = ear.failed;
    if (lost) {
      this.lostBytes += heard.length;
      this.written?.miss(heard.length);
    } else ear.hear(heard);
    if (kept) return [kept];
    if (failedBefore) return [];
    const text = ear.failed ? this.toldFailure(translator, framed) : toldEvent(translator, framed);
    return text === '' ? [] : [Buffer.from(text)];
  }

  /** What the provider says of its failure is said in the client's words; who says nothing that can be read has not told it. */
  private toldFailure(translator: StreamTranslator, { event }: Framed): string {
    if (!event) return '';
    this.failureTold = true;
    return translator.failure(event);
  }
}

const toldEvent = (translator: StreamTranslator, { event, done }: Framed): string => {
  if (event) return translator.event(event);
  return done ? translator.end() : '';
};
