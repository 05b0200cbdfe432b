import { HostRefused } from '@gatehouse/hosts';
import type { Clock } from '@gatehouse/kernel';
import { outputOfCutStream, outputOfWholeAnswer } from '../domain/estimate';
import { envelopeOf, Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';
import type { Ending } from '../domain/settlement';
import { StreamTee } from '../domain/stream-tee';
import type { Quirks } from '../domain/quirks';
import { type Usage, usageIn } from '../domain/usage';
import type { UsageOutcome } from '../domain/usage-record';
import type { ClientAnswer, UpstreamCall, UpstreamFailure, UpstreamListener } from './gateway.ports';
import {
  decodedBody,
  errorAnswer,
  leavesDoubt,
  relayedHeaders,
  type UpstreamHeaders,
} from './upstream-answer';

/** How a call ended that somebody lived to see. */
export type Outcome = Exclude<UsageOutcome, 'unknown'>;

export interface ProviderCallOptions {
  readonly client: ClientAnswer;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly choices: number;
  readonly stream: boolean;
  /** Keep the usage chunk from a client that did not ask for it. */
  readonly stripUsage: boolean;
  /** Of the provider. */
  readonly quirks: Quirks;
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
  private readonly tee: StreamTee;
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
    this.tee = new StreamTee(options.stripUsage, options.quirks);
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
    else if (this.options.stream && isReadableStream(headers)) this.startStream();
    else this.mode = 'plain';
  }

  onData(chunk: Buffer): void {
    if (this.over) return;
    if (this.mode === 'stream') return this.relay(this.tee.feed(chunk));
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
    this.options.client.end(Buffer.from(`data: ${envelopeOf(refusal)}\n\n`));
  }

  /** Ends the call from our side: the gateway stops, or it takes too long. */
  cut(failure: UpstreamFailure): void {
    if (this.over) return;
    this.onFailed(failure);
    this.call?.cancel();
  }

  private startStream(): void {
    const { client, headers, secrets } = this.options;
    this.mode = 'stream';
    client.start(this.status, {
      ...relayedHeaders(this.headers, secrets),
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
    const rest = this.tee.end();
    const { usage, contentBytes, failed } = this.tee;
    const ending: Ending = usage
      ? { kind: 'counted', usage }
      : { kind: 'estimated', outputTokens: outputOfWholeAnswer(contentBytes) };
    const { client, secrets } = this.options;
    const last = rest.map((piece) => secrets.redact(piece));
    this.finish(failed ? 'providerFailed' : 'completed', ending);
    client.end(last.length > 0 ? Buffer.concat(last) : undefined);
  }

  private endPlain(): void {
    const { client, secrets, headers, answerBytesMax } = this.options;
    const body = this.body(answerBytesMax);
    // Nothing is relayed that cannot be searched for the credential.
    if (!body) return this.onFailed('broken');
    const usage = usageInBody(body, this.options.quirks);
    const relayed = relayedHeaders(this.headers, secrets);
    const clean = secrets.redact(body);
    this.finish(
      'completed',
      usage
        ? { kind: 'counted', usage }
        : { kind: 'estimated', outputTokens: outputOfWholeAnswer(body.length) },
    );
    client.start(this.status, { ...relayed, ...headers, 'content-length': String(clean.length) });
    client.end(clean);
  }

  private body(bytesMax: number): Buffer | undefined {
    return decodedBody(Buffer.concat(this.chunks), this.headers, bytesMax);
  }

  private endError(body: Buffer | undefined): void {
    const { client, secrets, headers, refuse } = this.options;
    const usage = body && usageInBody(body, this.options.quirks);
    const answer = errorAnswer(this.status, this.headers, body, secrets);
    const doubtful = body === undefined || leavesDoubt(this.status) || this.status < 400;
    this.finish(
      'providerFailed',
      usage ? { kind: 'counted', usage } : { kind: doubtful ? 'freeInDoubt' : 'free' },
    );
    if (answer.kind === 'refusal') return refuse(answer.refusal);
    client.start(answer.status, {
      ...answer.headers,
      ...headers,
      'content-length': String(answer.body.length),
    });
    client.end(answer.body);
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
    const { usage, done } = this.tee;
    const { cancelledBilledInFull } = this.options.quirks;
    if (usage && (done || !cancelledBilledInFull)) return { kind: 'counted', usage };
    if (cancelledBilledInFull) return { kind: 'estimated', outputTokens: Number.MAX_SAFE_INTEGER };
    // A plain answer tells nothing until it is there: all of its bound may have been generated.
    if (!this.options.stream || this.mode === 'plain') {
      return { kind: 'estimated', outputTokens: Number.MAX_SAFE_INTEGER };
    }
    const outputTokens = outputOfCutStream({
      contentBytes: this.tee.contentBytes + this.tee.pendingBytes(),
      choices: this.options.choices,
      silentMs: this.options.clock.monotonicMs() - this.lastTextAt,
      heldBack: this.heldBack,
    });
    return { kind: 'estimated', outputTokens };
  }

  private finish(outcome: Outcome, ending: Ending): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.options.secrets.drop();
    this.options.settle(outcome, ending);
    this.chunks = [];
  }
}

const isReadableStream = (headers: UpstreamHeaders): boolean =>
  (headers['content-type'] ?? '').toLowerCase().startsWith('text/event-stream') &&
  (headers['content-encoding'] ?? 'identity') === 'identity';

const usageInBody = (body: Buffer, quirks: Quirks): Usage | undefined => {
  try {
    return usageIn(JSON.parse(body.toString('utf8')), quirks);
  } catch {
    return undefined;
  }
};

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
