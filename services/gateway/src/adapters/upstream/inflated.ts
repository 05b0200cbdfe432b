import type { Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { UpstreamCall, UpstreamFailure, UpstreamListener } from '../../app/gateway.ports';

type Headers = Readonly<Record<string, string | undefined>>;

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
};

/**
 * Stands between a call and whoever hears it, and inflates what a provider compressed although it was asked not to: as it
 * comes, off the event loop, and no faster than the listener takes it. What comes plain passes; an encoding that is not known
 * stays named in the head.
 */
export class Inflated implements UpstreamListener, UpstreamCall {
  private decoder: Transform | undefined;
  private held = false;
  private over = false;

  constructor(
    private readonly listener: UpstreamListener,
    private readonly call: () => UpstreamCall | undefined,
  ) {}

  onSent(): void {
    this.listener.onSent();
  }

  onHead(status: number, headers: Headers): void {
    const { 'content-encoding': encoding = '', ...others } = headers;
    const make = DECODERS[encoding.trim().toLowerCase()];
    if (!make) return this.listener.onHead(status, headers);
    this.decoder = make();
    this.decoder.on('data', (chunk: Buffer) => this.listener.onData(chunk));
    this.decoder.on('drain', () => !this.held && this.call()?.resume());
    this.decoder.on('end', () => this.end());
    this.decoder.on('error', () => this.fail('broken'));
    this.listener.onHead(status, others);
  }

  onData(chunk: Buffer): void {
    if (!this.decoder) return this.listener.onData(chunk);
    if (!this.decoder.write(chunk)) this.call()?.pause();
  }

  onEnd(): void {
    if (this.decoder) this.decoder.end();
    else this.end();
  }

  onFailed(failure: UpstreamFailure): void {
    this.fail(failure);
  }

  pause(): void {
    this.held = true;
    if (this.decoder) this.decoder.pause();
    else this.call()?.pause();
  }

  resume(): void {
    this.held = false;
    this.decoder?.resume();
    this.call()?.resume();
  }

  cancel(): void {
    this.over = true;
    this.decoder?.destroy();
    this.call()?.cancel();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.listener.onEnd();
  }

  private fail(failure: UpstreamFailure): void {
    if (this.over) return;
    this.over = true;
    this.decoder?.destroy();
    this.call()?.cancel();
    this.listener.onFailed(failure);
  }
}
