import type { Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { UpstreamFailure, UpstreamListener } from '../../app/gateway.ports';
import type { CallConnection } from './call-connection';
import { tellEnd } from './tell-end';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
};

/**
 * Stands between a body and whoever hears it, and inflates what a provider compressed although it was asked not to: as it comes, off the
 * event loop, and no faster than the listener takes it.
 */
export class Inflated {
  private held = false;
  private over = false;

  /** Undefined for an encoding that is not known. */
  static of(encoding: string, listener: UpstreamListener, source: CallConnection): Inflated | undefined {
    const make = DECODERS[encoding.trim().toLowerCase()];
    return make && new Inflated(make(), listener, source);
  }

  private constructor(
    private readonly decoder: Transform,
    private readonly listener: UpstreamListener,
    private readonly source: CallConnection,
  ) {
    decoder.on('data', (chunk: Buffer) => this.tell(chunk));
    decoder.on('drain', () => !this.held && source.resume());
    decoder.on('end', () => this.ended());
    decoder.on('error', () => this.fail('broken'));
  }

  write(chunk: Buffer): void {
    if (!this.decoder.write(chunk)) this.source.pause();
  }

  end(): void {
    this.decoder.end();
  }

  pause(): void {
    this.held = true;
    this.decoder.pause();
  }

  resume(): void {
    this.held = false;
    this.decoder.resume();
    this.source.resume();
  }

  cancel(): void {
    this.over = true;
    this.decoder.destroy();
  }

  fail(failure: UpstreamFailure): void {
    if (this.over) return;
    this.cancel();
    this.source.destroy();
    this.listener.onFailed(failure);
  }

  /** What was inflated before it was over may come after that. */
  private tell(chunk: Buffer): void {
    if (this.over) return;
    try {
      this.listener.onData(chunk);
    } catch {
      // Nobody else would catch it: the decoder calls from the event loop.
      this.fail('broken');
    }
  }

  private ended(): void {
    if (this.over) return;
    this.over = true;
    tellEnd(this.listener);
  }
}
