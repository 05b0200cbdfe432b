import { HostRefused } from '@gatehouse/hosts';
import type { Clock } from '@gatehouse/kernel';
import type { Dialect } from '../domain/dialects/dialect';
import { outputOfCutStream, outputOfWholeAnswer } from '../domain/estimate';
import type { AnswerReader } from '../domain/passages/passage';
import { Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';
import type { Ending } from '../domain/settlement';
import type { FailureWords } from '../domain/surfaces/surface';
import type { UsageOutcome } from '../domain/usage-record';
import type { ClientAnswer, UpstreamCall, UpstreamFailure, UpstreamListener } from './gateway.ports';
import { decodedBody, errorAnswer, relayedHeaders, type UpstreamHeaders } from './upstream-answer';

/** How a call ended that somebody lived to see. */
export type Outcome = Exclude<UsageOutcome, 'unknown'>;

export interface ProviderCallOptions {
  readonly client: ClientAnswer;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly choices: number;
  readonly stream: boolean;
  readonly surface: FailureWords;
  readonly dialect: Pick<Dialect, 'answerHeaders' | 'isStream' | 'leavesDoubt'>;
  readonly answer: AnswerReader;
  /** A generation that is cancelled is generated to its end, and billed so. */
  readonly cancelledBilledInFull: boolean;
  /** Goes on the head of every relayed answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The largest plain answer that is read, in bytes. */
  readonly answerBytesMax: number;
  /** Milliseconds after which the call is cut, whatever it does. */
  readonly deadlineMs: number;
  /** Told how the provider answers, once, when the head of its answer is there. */
  readonly answered: (status: number) => void;
  /** Called once, before the answer ends. */
  readonly settle: (outcome: Outcome, ending: Ending) => void;
  /** Answers with a refusal: the head was not sent. */
  readonly refuse: (refusal: Refusal) => void;
}

const ERROR_BODY_BYTES_MAX = 1024 * 1024;

/** One attempt from the moment it is sent: relays what the provider says, and settles exactly once. */
export class ProviderCall implements UpstreamListener {
  private call: UpstreamCall | undefined;
  private mode: 'waiting' | 'stream' | 'plain' | 'error' = 'waiting';
  private status = 0;
  private headers: UpstreamHeaders = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  private sent = false;
  private over = false;
  private heldBack = false;
  private lastTextAt: number;
  private readonly deadline: NodeJS.Timeout;

  constructor(private readonly options: ProviderCallOptions) {
    this.lastTextAt = options.clock.monotonicMs();
    this.deadline = setTimeout(() => this.cut('timeout'), options.deadlineMs);
    options.client.onLeft = () => this.clientLeft();
    options.client.onDrain = () => this.drained();
  }

  /** Gives the call that this hears of; when it failed at once there is nothing left to cancel. */
  attach(call: UpstreamCall): void {
    this.call = call;
  }

  onSent(): void {
    this.sent = true;
    this.lastTextAt = this.options.clock.monotonicMs();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    if (this.over) return;
    this.status = status;
    this.headers = headers;
    this.options.answered(status);
    if (status < 200 || status >= 300) this.mode = 'error';
    else if (this.options.stream && this.isReadableStream()) this.startStream();
    else this.mode = 'plain';
  }

  onData(chunk: Buffer): void {
    if (this.over) return;
    if (this.mode === 'stream') return this.relay(this.options.answer.feed(chunk));
    this.bytes += chunk.length;
    if (this.mode === 'error' && this.bytes > ERROR_BODY_BYTES_MAX) return;
    if (this.mode === 'plain' && this.bytes > this.options.answerBytesMax) return this.cut('broken');
    this.chunks.push(chunk);
  }

  onEnd(): void {
    if (this.over) return;
    switch (this.mode) {
      case 'stream':
        return this.endStream();
      case 'plain':
        return this.endPlain();
      case 'error':
        return this.endError(
          this.bytes <= ERROR_BODY_BYTES_MAX ? this.body(ERROR_BODY_BYTES_MAX) : undefined,
        );
      case 'waiting':
        return this.onFailed('broken');
    }
  }

  onFailed(failure: UpstreamFailure): void {
    if (this.over) return;
    if (this.mode === 'error') return this.endError(undefined);
    this.finish('providerFailed', this.endingOfCut());
    const refusal = refusalOf(failure);
    if (!this.options.client.started) return this.options.refuse(refusal);
    // The client has its 200 already; an error event is what SDKs turn into an exception.
    this.options.client.end(Buffer.from(this.options.surface.brokenStream(refusal)));
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
    client.start(this.status, {
      ...this.relayed(),
      ...headers,
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
  }

  private relay(pieces: readonly Buffer[]): void {
    this.lastTextAt = this.options.clock.monotonicMs();
    let keepsUp = true;
    for (const piece of pieces)
      keepsUp = this.options.client.write(this.options.secrets.redact(piece)) && keepsUp;
    if (keepsUp || this.heldBack) return;
    this.heldBack = true;
    this.call?.pause();
  }

  private drained(): void {
    if (!this.heldBack || this.over) return;
    this.heldBack = false;
    this.call?.resume();
  }

  private endStream(): void {
    const { client, secrets, answer } = this.options;
    const rest = answer.end();
    const { failed } = answer.seen;
    const last = rest.map((piece) => secrets.redact(piece));
    this.finish(failed ? 'providerFailed' : 'completed', this.endingOfWhole());
    client.end(last.length > 0 ? Buffer.concat(last) : undefined);
  }

  private endPlain(): void {
    const { client, secrets, answer, headers, answerBytesMax } = this.options;
    const body = this.body(answerBytesMax);
    // Nothing is relayed that cannot be searched for the credential.
    if (!body) return this.onFailed('broken');
    const clean = secrets.redact(answer.whole(body));
    const relayed = this.relayed();
    this.finish('completed', this.endingOfWhole());
    client.start(this.status, { ...relayed, ...headers, 'content-length': String(clean.length) });
    client.end(clean);
  }

  private endingOfWhole(): Ending {
    const { usage, textBytes } = this.options.answer.seen;
    return usage
      ? { kind: 'counted', usage }
      : { kind: 'estimated', outputTokens: outputOfWholeAnswer(textBytes) };
  }

  /** What of the head of the provider's answer goes to the client. */
  private relayed(): Record<string, string> {
    const { answer, dialect, secrets } = this.options;
    return {
      ...relayedHeaders(this.headers, dialect.answerHeaders, secrets),
      ...(answer.contentType !== undefined && { 'content-type': answer.contentType }),
    };
  }

  private body(bytesMax: number): Buffer | undefined {
    return decodedBody(Buffer.concat(this.chunks), this.headers, bytesMax);
  }

  private endError(body: Buffer | undefined): void {
    const { client, headers, answer, dialect, refuse } = this.options;
    const told = errorAnswer(
      this.status,
      this.headers,
      body && answer.failure(this.status, body),
      this.options,
    );
    const { usage } = answer.seen;
    const doubtful = body === undefined || dialect.leavesDoubt(this.status) || this.status < 400;
    this.finish(
      'providerFailed',
      usage ? { kind: 'counted', usage } : { kind: doubtful ? 'freeInDoubt' : 'free' },
    );
    if (told.kind === 'refusal') return refuse(told.refusal);
    client.start(told.status, {
      ...told.headers,
      ...headers,
      'content-length': String(told.body.length),
    });
    client.end(told.body);
  }

  private clientLeft(): void {
    if (this.over) return;
    this.finish('clientLeft', this.endingOfCut());
    this.call?.cancel();
  }

  /** What a call is charged that did not come to its end. */
  private endingOfCut(): Ending {
    if (!this.sent) return { kind: 'free' };
    if (this.mode === 'error') return { kind: 'freeInDoubt' };
    const { usage, textBytes, ended } = this.options.answer.seen;
    const { cancelledBilledInFull } = this.options;
    if (usage && (ended || !cancelledBilledInFull)) return { kind: 'counted', usage };
    if (cancelledBilledInFull) return { kind: 'estimated', outputTokens: Number.MAX_SAFE_INTEGER };
    // A plain answer tells nothing until it is there: all of its bound may have been generated.
    if (!this.options.stream || this.mode === 'plain') {
      return { kind: 'estimated', outputTokens: Number.MAX_SAFE_INTEGER };
    }
    const outputTokens = outputOfCutStream({
      contentBytes: textBytes,
      choices: this.options.choices,
      silentMs: this.options.clock.monotonicMs() - this.lastTextAt,
      heldBack: this.heldBack,
    });
    return { kind: 'estimated', outputTokens };
  }

  private isReadableStream(): boolean {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = this.headers;
    return encoding === 'identity' && this.options.dialect.isStream(type.toLowerCase());
  }

  private finish(outcome: Outcome, ending: Ending): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.options.secrets.drop();
    this.options.settle(outcome, ending);
    this.chunks = [];
  }
}

const refusalOf = (failure: UpstreamFailure): Refusal => {
  if (failure instanceof HostRefused)
    return new Refusal('host_refused', `The provider was not called: ${failure.message}.`);
  switch (failure) {
    case 'unreachable':
      return new Refusal('provider_error', 'The provider could not be reached.', { retryAfterSeconds: 1 });
    case 'timeout':
      return new Refusal('provider_timeout', 'The provider did not answer in time.');
    case 'broken':
      return new Refusal('provider_error', 'The provider ended the answer before it was whole.');
  }
};
