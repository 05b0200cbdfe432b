import type { UpstreamCall, UpstreamFailure, UpstreamListener } from '../../app/gateway.ports';
import type { OutgoingBody } from '../../domain/outgoing-body';
import type { AnswerHeaders } from './answer-head';
import type { AnswerHearer } from './answer-reader';
import type { CallConnection } from './call-connection';
import { Inflated } from './inflated';
import { tellEnd } from './tell-end';

const NOTHING = Buffer.alloc(0);

/** One request on its way: what comes of it goes on to whoever hears it, until it is over or cancelled. */
export class SocketCall implements UpstreamCall, AnswerHearer {
  /** While its request or its answer is on it. */
  connection: CallConnection | undefined;
  /** Nobody hears of it any more. */
  cancelled = false;
  private inflated: Inflated | undefined;

  /** @param head of the request, with the empty line that ends it: one byte a letter. */
  constructor(
    public head: string,
    public body: OutgoingBody,
    private readonly listener: UpstreamListener,
  ) {}

  /** It is about to be written: what it holds of a credential is not kept for as long as it is answered. */
  sent(): void {
    this.head = '';
    this.body = NOTHING;
    this.listener.onSent();
  }

  onHead(status: number, headers: AnswerHeaders): void {
    const { 'content-encoding': encoding } = headers;
    if (encoding !== undefined) this.inflated = Inflated.of(encoding, this.listener, this.source());
    this.listener.onHead(status, this.inflated ? { ...headers, 'content-encoding': undefined } : headers);
  }

  onData(chunk: Buffer): void {
    if (this.cancelled) return;
    if (this.inflated) this.inflated.write(chunk);
    else this.listener.onData(chunk);
  }

  /** The answer is whole; its connection may be another's. */
  ended(): void {
    this.connection = undefined;
    if (this.cancelled) return;
    if (this.inflated) this.inflated.end();
    else tellEnd(this.listener);
  }

  failed(failure: UpstreamFailure): void {
    this.connection = undefined;
    if (this.cancelled) return;
    if (this.inflated) this.inflated.fail(failure);
    else this.listener.onFailed(failure);
  }

  pause(): void {
    if (this.inflated) this.inflated.pause();
    else this.connection?.pause();
  }

  resume(): void {
    if (this.inflated) this.inflated.resume();
    else this.connection?.resume();
  }

  cancel(): void {
    this.cancelled = true;
    this.inflated?.cancel();
    this.connection?.destroy();
  }

  /** The connection for as long as the call is on it. */
  private source(): CallConnection {
    return {
      pause: () => this.connection?.pause(),
      resume: () => this.connection?.resume(),
      destroy: () => this.connection?.destroy(),
    };
  }
}
