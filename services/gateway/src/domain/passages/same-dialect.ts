import type { Ask } from '../ask';
import type { Callee, Dialect, StreamEar } from '../dialects/dialect';
import { jsonObjectIn } from '../json-values';
import type { GeneratedText } from '../generated-text';
import { printable, Refusal } from '../refusal';
import { type Usage, usageAsAsked } from '../usage';
import {
  type AnswerReader,
  type Destination,
  type Outgoing,
  type Passage,
  type Seen,
  seenWhole,
} from './passage';
import { RelayedStream } from './relayed-stream';
import { type Change, rewrittenBody } from './rewritten-body';

/** What an answer shows of a name of the client's. */
const SHOWN_MAX = 200;
const shown = (name: string): string => printable(name, SHOWN_MAX);

/** What is peculiar to an operation that both sides have. */
export interface Operation {
  /** As its dialect writes it. */
  readonly path: string;
  /** What it takes; of no matter but to a provider that is strict. Absent: whatever there is. */
  readonly parameters?: ReadonlySet<string>;
  /** A member that the dialect needs beside what every request has changed. */
  readonly member?: (ask: Ask, to: Destination) => Change | undefined;
  /** The usage of its answers; absent: as the dialect has it. */
  readonly usageIn?: Dialect['usageIn'];
}

/** Client and provider speak the same: bytes pass through, and only what must change changes. */
export const sameDialect = (dialect: Dialect, operation: Operation): Passage => ({
  translates: false,
  request: (ask, to): Outgoing => {
    const unknown = unknownTo(ask, to, operation);
    const set: Change[] = [['model', JSON.stringify(to.name)]];
    if (to.outputLimit) set.push([to.outputLimit.name, String(to.outputLimit.tokens)]);
    const member = operation.member?.(ask, to);
    if (member) set.push(member);
    const removed = unknown.length > 0 ? [...to.removed, ...unknown] : to.removed;
    const dropped = unknown.map(shown);
    return { operation: operation.path, body: rewrittenBody(ask, { set, removed }), dropped };
  },
  answer: (ask, from, { written }) => new RelayedAnswer(ask, from, dialect, operation, written),
});

const NONE: readonly string[] = [];

/** What a strict provider must not be told: it might be a limit, or lift one. Throws Refusal unless it may be left out. */
const unknownTo = (
  { members }: Ask,
  { quirks, removed, dropUnsupported }: Destination,
  { parameters }: Operation,
): readonly string[] => {
  if (!quirks.strict || !parameters) return NONE;
  const known = new Set([...parameters, ...quirks.parameters, ...quirks.outputMultipliers, ...removed]);
  const unknown = [...members.keys()].filter((name) => !known.has(name));
  if (unknown[0] === undefined || dropUnsupported) return unknown;
  const message = 'What this means to the provider is not known.';
  throw new Refusal('unsupported_parameter', message, { param: shown(unknown[0]) });
};

class RelayedAnswer implements AnswerReader {
  contentType: string | undefined;

  /** Both are made when the first of a stream comes: most answers come whole. */
  private ear: StreamEar | undefined;
  private stream: RelayedStream | undefined;
  private wholeUsage: Usage | undefined;
  private wholeBytes = 0;
  private wholeFailed = false;
  private wholeIsPart = false;

  constructor(
    private readonly ask: Ask,
    private readonly from: Callee,
    private readonly dialect: Dialect,
    private readonly operation: Operation,
    private readonly written: GeneratedText | undefined,
  ) {}

  get seen(): Seen {
    const { ask, ear, stream, wholeUsage, wholeBytes, wholeFailed, wholeIsPart } = this;
    const told = wholeUsage ?? ear?.usage;
    const usage = told && usageAsAsked(told, ask.demand.prompt.keepsHour);
    if (!ear || !stream)
      return seenWhole(usage, { usageIsPart: wholeIsPart, textBytes: wholeBytes, failed: wholeFailed });
    return {
      usage,
      usageIsPart: wholeUsage === undefined && ear.usageIsPart,
      textBytes: wholeBytes + ear.textBytes + stream.unreadBytes + stream.pendingBytes,
      finished: ear.finished,
      ended: ear.ended,
      failed: ear.failed || wholeFailed,
      failureTold: ear.failureTold,
    };
  }

  feed(chunk: Buffer): readonly Buffer[] {
    return (this.stream ?? this.begin()).feed(chunk);
  }

  end(): readonly Buffer[] {
    return this.stream?.end() ?? [];
  }

  private begin(): RelayedStream {
    const { ask, from, dialect, written } = this;
    this.ear = dialect.ear(from.quirks, ask.demand.output?.choices ?? 1, written);
    return (this.stream = new RelayedStream(this.ear, !ask.usageAsked, written));
  }

  whole(body: Buffer): Buffer | undefined {
    const plain = jsonObjectIn(body);
    const answer = plain ?? this.dialect.assembled(body);
    if (!answer) return undefined;
    const told = plain ? body : Buffer.from(JSON.stringify(answer));
    if (!plain) this.contentType = 'application/json';
    this.wholeFailed = this.dialect.isError(answer);
    this.wholeUsage = this.usageOf(answer);
    this.wholeIsPart = this.wholeUsage?.outputTokens === 0 && this.dialect.isWritten(answer);
    this.wholeBytes = told.length;
    return told;
  }

  failure(_status: number, body: Buffer): Buffer {
    this.wholeUsage = this.usageOf(jsonObjectIn(body));
    return body;
  }

  private usageOf(answer: unknown): Usage | undefined {
    if (answer === undefined) return undefined;
    const { usageIn } = this.operation;
    return usageIn ? usageIn(answer, this.from.quirks) : this.dialect.usageIn(answer, this.from.quirks);
  }
}
