import { HostRefused } from '@gatehouse/hosts';
import type { Clock } from '@gatehouse/kernel';
import type { Dialect } from '../domain/dialects/dialect';
import {
  besideCutText,
  besideWholeText,
  outputOfCutStream,
  outputOfWholeAnswer,
  type Unmetered,
} from '../domain/estimate';
import type { AnswerSeen, Pace } from '../domain/experience';
import { jsonObjectIn } from '../domain/json-values';
import type { AnswerReader } from '../domain/passages/passage';
import { Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';
import type { Ending } from '../domain/settlement';
import type { FailureWords, Surface } from '../domain/surfaces/surface';
import type { Usage } from '../domain/usage';
import type { HeardOfProvider, UsageOutcome } from '../domain/usage-record';
import type { ClientAnswer, UpstreamCall, UpstreamFailure, UpstreamListener } from './gateway.ports';
import type { Placed } from './under-way';
import { errorAnswer, type FailedAnswer, relayedHeaders, type UpstreamHeaders } from './upstream-answer';

/** How a call ended that somebody lived to see. */
export type Outcome = Exclude<UsageOutcome, 'unknown'>;

/** Why a request is sent a second time: nothing of the first was answered, or what refused it was not the client's. */
export type SecondTry = 'connectionReset' | 'streamOptionsRefused';

export interface ProviderCallOptions {
  readonly client: ClientAnswer;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly choices: number;
  readonly stream: boolean;
  readonly surface: FailureWords & Pick<Surface, 'events'>;
  /** The client expects the usage of a stream among its events. */
  readonly usageAsked: boolean;
  /** There is a prompt that is billed. */
  readonly hasPrompt: boolean;
  readonly dialect: Pick<
    Dialect,
    'answerHeaders' | 'isStream' | 'leavesDoubt' | 'refusesCredential' | 'statusOfError'
  >;
  readonly answer: AnswerReader;
  /** A generation that is cancelled is generated to its end, and billed so. */
  readonly cancelledBilledInFull: boolean;
  /** The model may think without saying so. */
  readonly reasons: boolean;
  /** How the model writes, asked where the usage never came. */
  pace(): Pace;
  /** Goes on the head of every relayed answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The largest plain answer that is read, in bytes. */
  readonly answerBytesMax: number;
  /** Milliseconds after which the call is cut, whatever it does, by whoever looks at it. */
  readonly deadlineMs: number;
  /** Told how the provider answers, once, when the head of its answer is there. */
  answered(status: number): void;
  /** Called once, before the answer ends. */
  settle(
    outcome: Outcome,
    /** What it is charged by; of a stream that was cut, by what is known of its model whenever it is asked. */
    ending: () => Ending,
    heard: HeardOfProvider,
    seen: AnswerSeen,
    /** Ends the answer, once the journal has what it cost. */
    goOn: () => void,
  ): void;
  /** There was no attempt before. */
  readonly mayTryAgain: boolean;
  /** Tries once more, as an attempt of its own, after this one was settled. */
  tryAgain(because: SecondTry): void;
  /** The answer refuses a parameter that the client did not give. */
  refusesOurs(status: number, body: Buffer): boolean;
  /** Answers with a refusal: the head was not sent. */
  readonly refuse: (refusal: Refusal) => void;
}

const EVENTS_HEAD = { 'content-type': 'text/event-stream; charset=utf-8' };
const STREAM_HEAD = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' };
const ERROR_BODY_BYTES_MAX = 1024 * 1024;
/** How long the body of an error is waited for behind its head, in milliseconds. */
const ERROR_BODY_MS = 10_000;
/** How long usage is waited for that follows the end of an answer, in milliseconds. */
const LATE_USAGE_MS = 1_000;
/** A provider that fails after so long may have worked until then, in milliseconds. */
const WORKED_MS = 1_000;
/** Statuses of success that are no answer: it was not made yet, or there is none. */
const NO_ANSWER: ReadonlySet<number> = new Set([202, 204, 205]);

const always =
  (ending: Ending): (() => Ending) =>
  () =>
    ending;

const nothing = (): void => undefined;

/** One attempt from the moment it is sent: relays what the provider says, and settles exactly once. */
export class ProviderCall implements UpstreamListener, Placed {
  place = -1;
  private call: UpstreamCall | undefined;
  /** `undecided`: it may be a stream, as its first bytes will tell. */
  private mode: 'waiting' | 'undecided' | 'stream' | 'plain' | 'error' = 'waiting';
  private status = 0;
  private headers: UpstreamHeaders = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  private sent = false;
  private sentAt = 0;
  private firstByteAt: number | undefined;
  /** Of the answer, as far as it was heard. */
  private textBytes = 0;
  /** A plain answer is told as a stream. */
  private turned = false;
  private over = false;
  private heldBack = false;
  /** Monotonic milliseconds, until which the body of an error is waited for. */
  private errorUntil = Infinity;
  private firstTextAt: number | undefined;
  private lastTextAt: number;
  private readonly deadlineAt: number;
  private lateUsage: NodeJS.Timeout | undefined;

  constructor(private readonly options: ProviderCallOptions) {
    this.lastTextAt = options.clock.monotonicMs();
    this.deadlineAt = this.lastTextAt + options.deadlineMs;
    options.client.onLeft = () => this.clientLeft();
    options.client.onDrain = () => this.drained();
  }

  /** Gives the call that this hears of; when it failed at once there is nothing left to cancel. */
  attach(call: UpstreamCall): void {
    this.call = call;
  }

  onSent(): void {
    this.sent = true;
    this.sentAt = this.lastTextAt = this.options.clock.monotonicMs();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    if (this.over) return;
    this.status = status;
    this.headers = headers;
    this.options.answered(status);
    if (status < 200 || status >= 300 || NO_ANSWER.has(status)) this.awaitError();
    else if (!this.options.stream) this.mode = 'plain';
    else if (this.saysStream()) this.startStream();
    else this.mode = saysNothing(headers) ? 'undecided' : 'plain';
  }

  onData(chunk: Buffer): void {
    if (this.over) return;
    this.firstByteAt ??= this.options.clock.monotonicMs();
    if (this.mode === 'stream') return this.hear(chunk);
    this.bytes += chunk.length;
    if (this.mode === 'error' && this.bytes > ERROR_BODY_BYTES_MAX) return this.leaveError();
    if (this.mode !== 'error' && this.bytes > this.options.answerBytesMax) return this.cut('broken');
    this.chunks.push(chunk);
    if (this.mode === 'undecided') this.decide();
  }

  private awaitError(): void {
    this.mode = 'error';
    this.errorUntil = this.options.clock.monotonicMs() + ERROR_BODY_MS;
  }

  /** Its body does not end: the status has to do. */
  private leaveError(): void {
    this.endError(undefined);
    this.call?.cancel();
  }

  /** What begins as events do is a stream, whatever its head says of it. */
  private decide(): void {
    const begun = beginsAsEvents(Buffer.concat(this.chunks));
    if (begun === undefined) return;
    if (!begun) return void (this.mode = 'plain');
    const { chunks } = this;
    this.chunks = [];
    this.startStream();
    for (const chunk of chunks) this.hear(chunk);
  }

  onEnd(): void {
    if (this.over) return;
    switch (this.mode) {
      case 'stream':
        return this.endStream();
      case 'undecided':
      case 'plain':
        return this.endPlain();
      case 'error':
        return this.endError(this.body());
      case 'waiting':
        return this.onFailed('broken');
    }
  }

  onFailed(failure: UpstreamFailure): void {
    if (this.over) return;
    if (this.mode === 'error') return this.endError(undefined);
    // It was most likely read by nobody; a provider that died over it may bill it all the same.
    if (failure === 'reset' && this.again('connectionReset', this.endingOfCut())) return;
    const { finished, ended } = this.options.answer.seen;
    // How a connection ends is no matter once the answer is whole.
    if (finished || ended) return this.endStream();
    this.finish('providerFailed', this.endingOfCut(), () => {
      const refusal = refusalOf(failure);
      if (!this.options.client.started) return this.options.refuse(refusal);
      // The client has its 200 already; an error event is what SDKs turn into an exception.
      this.options.client.end(Buffer.from(this.options.surface.brokenStream(refusal)));
    });
  }

  /** Answers whether it was sent again. Who may have worked for it is not asked twice. */
  private again(because: SecondTry, ending: Ending): boolean {
    const { mayTryAgain, clock } = this.options;
    if (!mayTryAgain || clock.monotonicMs() - this.sentAt >= WORKED_MS) return false;
    this.finish('providerFailed', ending, () => this.options.tryAgain(because));
    return true;
  }

  /** @param now monotonic milliseconds. */
  look(now: number): void {
    if (this.over) return;
    if (now >= this.errorUntil) this.leaveError();
    else if (now >= this.deadlineAt) this.cut('timeout');
  }

  /** Ends the call from our side: the gateway stops, or it takes too long. */
  cut(failure: UpstreamFailure): void {
    if (this.over) return;
    this.onFailed(failure);
    this.call?.cancel();
  }

  private startStream(): void {
    const { client, headers } = this.options;
    this.mode = 'stream';
    const relayed = this.relayed();
    client.start(
      this.status,
      Object.assign(relayed, this.saysStream() ? undefined : EVENTS_HEAD, headers, STREAM_HEAD),
    );
  }

  private hear(chunk: Buffer): void {
    const { answer, clock } = this.options;
    const pieces = answer.feed(chunk);
    const { textBytes, finished, ended, failed } = answer.seen;
    // Comments keep a connection alive, and are no text.
    if (textBytes > this.textBytes) {
      this.lastTextAt = clock.monotonicMs();
      this.firstTextAt ??= this.lastTextAt;
      // It goes on, whatever it said of its end.
      if (this.lateUsage) clearTimeout(this.lateUsage);
      this.lateUsage = undefined;
    }
    this.textBytes = textBytes;
    if (pieces.length > 0) this.relay(pieces);
    if (finished || ended || failed) this.awaitLateUsage();
  }

  /** The answer is there: whoever keeps the connection open keeps nobody waiting. */
  private awaitLateUsage(): void {
    if (this.lateUsage) return;
    const waiting = setTimeout(() => {
      // What came while this process had no turn is still to be read, and is not late.
      setImmediate(() => {
        if (!this.over && this.lateUsage === waiting) this.endLate();
      });
    }, LATE_USAGE_MS);
    this.lateUsage = waiting;
  }

  private endLate(): void {
    this.lateUsage = undefined;
    // How long a client takes is not its provider's silence.
    if (this.heldBack) return this.awaitLateUsage();
    this.endStream();
    this.call?.cancel();
  }

  private relay(pieces: readonly Buffer[]): void {
    const { secrets, client } = this.options;
    const all =
      pieces.length === 1
        ? secrets.redactNext(pieces[0] as Buffer)
        : Buffer.concat(pieces.map((piece) => secrets.redactNext(piece)));
    if (all.length === 0) return;
    if (client.write(all) || this.heldBack) return;
    this.heldBack = true;
    this.call?.pause();
  }

  private drained(): void {
    if (!this.heldBack || this.over) return;
    this.heldBack = false;
    this.call?.resume();
  }

  private endStream(): void {
    const { client, secrets, answer, surface } = this.options;
    const rest = answer.end().map((piece) => secrets.redactNext(piece));
    rest.push(secrets.redactLast());
    const { failed, failureTold, finished, ended } = answer.seen;
    const whole = finished || ended;
    const succeeded = whole && !failed;
    if (!succeeded && !failureTold) rest.push(Buffer.from(surface.brokenStream(refusalOf('broken'))));
    const last = Buffer.concat(rest);
    this.finish(
      succeeded ? 'completed' : 'providerFailed',
      whole ? this.endingOfWhole() : this.endingOfCut(),
      () => client.end(last.length > 0 ? last : undefined),
    );
  }

  private endPlain(): void {
    const { client, secrets, answer, headers } = this.options;
    const body = this.body();
    // Nothing is relayed that cannot be searched for the credential.
    if (!body) return this.onFailed('broken');
    const told = answer.whole(body);
    if (!told)
      return this.endWithoutAnswer(isBrokenAnswer(body) ? this.endingOfCut() : { kind: 'freeInDoubt' });
    if (answer.seen.failed) return this.endWithError(body, told);
    const clean = secrets.redact(this.asAsked(told));
    const relayed = Object.assign(this.relayed(), this.turned ? EVENTS_HEAD : undefined, headers);
    relayed['content-length'] = String(clean.length);
    this.finish('completed', this.endingOfWhole(), () => {
      client.start(this.status, relayed);
      client.end(clean);
    });
  }

  /** Who asked for a stream cannot read anything else. */
  private asAsked(told: Buffer): Buffer {
    const { stream, surface, usageAsked } = this.options;
    if (!stream || !surface.events) return told;
    this.turned = true;
    return Buffer.from(surface.events(told, usageAsked));
  }

  private endWithoutAnswer(ending: Ending): void {
    this.finish('providerFailed', ending, () =>
      this.options.refuse(new Refusal('provider_error', 'The provider gave no answer that can be read.')),
    );
  }

  /** An error that came with a status of success, which is told with its own where it names one. */
  private endWithError(body: Buffer, told: Buffer): void {
    const { dialect } = this.options;
    const said = dialect.statusOfError(body) === undefined ? told : body;
    const status = dialect.statusOfError(said) ?? 502;
    const refusesCredential = dialect.refusesCredential(status, said);
    this.endTold({ status, body: told, refusesCredential }, { kind: 'freeInDoubt' }, told === body);
  }

  private endingOfWhole(): Ending {
    const { usage, usageIsPart } = this.options.answer.seen;
    if (usage && !usageIsPart) return this.endingOfTold(usage);
    const streamed = this.mode === 'stream';
    const seen = this.unmetered();
    const pace = this.options.pace();
    const outputTokens = outputOfWholeAnswer(seen, streamed, pace);
    const beside = streamed && { beside: besideWholeText(seen, pace) };
    return { kind: 'estimated', outputTokens, ...beside, ...(usage && { floor: usage }) };
  }

  /** Whoever says that there was no input, where there was, has counted the output alone. */
  private endingOfTold(usage: Usage): Ending {
    if (usage.inputTokens > 0 || !this.options.hasPrompt) return { kind: 'counted', usage };
    return { kind: 'estimated', outputTokens: usage.outputTokens, floor: usage };
  }

  private unmetered(): Unmetered {
    const { choices, reasons } = this.options;
    const { textBytes, tookMs } = this.answerSeen(this.options.clock.monotonicMs());
    const untilTextMs = this.firstTextAt === undefined ? tookMs : this.firstTextAt - this.sentAt;
    return { contentBytes: textBytes, choices, reasons, tookMs, untilTextMs };
  }

  /** @param now monotonic milliseconds. */
  private answerSeen(now: number): AnswerSeen {
    const { choices, answer } = this.options;
    return {
      streamed: this.mode === 'stream',
      choices,
      textBytes: answer.seen.textBytes,
      tookMs: now - this.sentAt,
      writingMs: this.firstTextAt === undefined ? 0 : this.lastTextAt - this.firstTextAt,
    };
  }

  /** What of the head of the provider's answer goes to the client. */
  private relayed(): Record<string, string> {
    const { answer, dialect, secrets } = this.options;
    const relayed = relayedHeaders(this.headers, dialect.answerHeaders, secrets);
    if (answer.contentType !== undefined) relayed['content-type'] = answer.contentType;
    return relayed;
  }

  /** Undefined where it came in an encoding that nobody here reads. */
  private body(): Buffer | undefined {
    if ((this.headers['content-encoding'] ?? 'identity') !== 'identity') return undefined;
    const [only] = this.chunks;
    return only && this.chunks.length === 1 ? only : Buffer.concat(this.chunks);
  }

  private endError(body: Buffer | undefined): void {
    const { status } = this;
    const { answer, dialect } = this.options;
    if (
      body &&
      this.options.refusesOurs(status, body) &&
      this.again('streamOptionsRefused', { kind: 'free' })
    )
      return;
    const told = body && answer.failure(status, body);
    const doubtful = body === undefined || dialect.leavesDoubt(status) || status < 400;
    this.endTold(
      { status, body: told, refusesCredential: dialect.refusesCredential(status, body) },
      doubtful ? this.endingInDoubt() : { kind: 'free' },
      told === body,
    );
  }

  /**
   * @param otherwise what it is charged where it tells no usage.
   * @param asItCame whether the body is the provider's own, and not what was made of it.
   */
  private endTold(failed: Omit<FailedAnswer, 'headers'>, otherwise: Ending, asItCame: boolean): void {
    const { client, headers, answer, refuse, dialect, surface, secrets, clock } = this.options;
    const type = asItCame ? undefined : { 'content-type': 'application/json' };
    const told = errorAnswer(
      { ...failed, headers: { ...this.headers, ...type } },
      { dialect, surface, secrets, now: clock.now() },
    );
    const { usage } = answer.seen;
    // Whoever fails and says that it counted nothing has not counted.
    const counted = usage && usage.inputTokens + usage.outputTokens > 0;
    this.finish('providerFailed', counted ? this.endingOfTold(usage) : otherwise, () => {
      if (told.kind === 'refusal') return refuse(told.refusal);
      client.start(told.status, {
        ...told.headers,
        ...headers,
        'content-length': String(told.body.length),
      });
      client.end(told.body);
    });
  }

  /** Who fails after seconds may have worked for them: the input was read then, at the least. */
  private endingInDoubt(): Ending {
    const worked = this.options.clock.monotonicMs() - this.sentAt >= WORKED_MS;
    return worked ? { kind: 'estimated', outputTokens: 0 } : { kind: 'freeInDoubt' };
  }

  private clientLeft(): void {
    if (this.over) return;
    const { finished, ended, usage, usageIsPart } = this.options.answer.seen;
    if (!finished && !ended) {
      this.finish('clientLeft', this.cutEnding(), nothing);
      return this.call?.cancel();
    }
    // It has had all of its answer. What that cost is told right after it.
    if ((!usage || usageIsPart) && !ended) return this.awaitLateUsage();
    this.finish('completed', this.endingOfWhole(), nothing);
    this.call?.cancel();
  }

  /** What a call is charged that did not come to its end. */
  private endingOfCut(): Ending {
    return this.cutEnding()();
  }

  /** The same, by what is known of its model whenever it is asked. */
  private cutEnding(): () => Ending {
    if (!this.sent) return always({ kind: 'free' });
    if (this.mode === 'error') return always(this.endingInDoubt());
    const { usage } = this.options.answer.seen;
    const floor = usage && { floor: usage };
    // A plain answer tells nothing until it is there: all of its bound may have been generated.
    const whole = !this.options.stream || this.mode === 'plain' || this.options.cancelledBilledInFull;
    if (whole) return always({ kind: 'estimated', outputTokens: Number.MAX_SAFE_INTEGER, ...floor });
    const silentMs = this.options.clock.monotonicMs() - this.lastTextAt;
    const seen = { ...this.unmetered(), silentMs, heldBack: this.heldBack };
    return () => {
      const pace = this.options.pace();
      const outputTokens = outputOfCutStream(seen, pace);
      return { kind: 'estimated', outputTokens, beside: besideCutText(seen, pace), ...floor };
    };
  }

  private saysStream(): boolean {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = this.headers;
    return encoding === 'identity' && this.options.dialect.isStream(type.toLowerCase());
  }

  /** @param goOn what is left to be done for the client. */
  private finish(outcome: Outcome, ending: Ending | (() => Ending), goOn: () => void): void {
    this.over = true;
    if (this.lateUsage) clearTimeout(this.lateUsage);
    this.options.secrets.drop();
    this.options.client.outcome = outcome;
    const judged = typeof ending === 'function' ? ending : always(ending);
    const now = this.options.clock.monotonicMs();
    this.options.settle(outcome, judged, this.heard(now), this.answerSeen(now), goOn);
    this.chunks = [];
  }

  /** @param now monotonic milliseconds. */
  private heard(now: number): HeardOfProvider {
    const { status, firstByteAt, sentAt } = this;
    return {
      status: status > 0 ? status : undefined,
      firstByteMs: firstByteAt === undefined ? undefined : Math.round(firstByteAt - sentAt),
      totalMs: this.sent ? Math.round(now - sentAt) : undefined,
    };
  }
}

/** A head that leaves open what follows it. */
const saysNothing = ({
  'content-type': type = '',
  'content-encoding': encoding = 'identity',
}: UpstreamHeaders) => encoding === 'identity' && /^($|text\/plain|application\/octet-stream)/i.test(type);

const EVENTS = /^(data|event|id|retry)?:/;
const LONGEST_FIELD = 'event:'.length;

/** Whether a body begins as server-sent events do; undefined while it is too short to tell. */
const beginsAsEvents = (bytes: Buffer): boolean | undefined => {
  const text = bytes
    .toString('latin1', 0, 64)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (EVENTS.test(text)) return true;
  return text.length < LONGEST_FIELD ? undefined : false;
};

/**
 * What begins as an answer does, and is none: its model has written it. Of a page of somebody in between, or of nothing, it is not known what
 * the model did, if it did.
 */
const isBrokenAnswer = (body: Buffer): boolean =>
  beginsAsEvents(body) === true ||
  (/^\s*\{/.test(body.toString('latin1', 0, 64)) && jsonObjectIn(body) === undefined);

const refusalOf = (failure: UpstreamFailure): Refusal => {
  if (failure instanceof HostRefused)
    return new Refusal('host_refused', `The provider was not called: ${failure.message}.`);
  switch (failure) {
    case 'unreachable':
      return new Refusal('provider_error', 'The provider could not be reached.', { retryAfterSeconds: 1 });
    case 'timeout':
      return new Refusal('provider_timeout', 'The provider did not answer in time.');
    case 'broken':
    case 'reset':
      return new Refusal('provider_error', 'The provider ended the answer before it was whole.');
  }
};
