import type { ServerResponse } from 'node:http';
import { framed, LAST_CHUNK, ONE_PIECE_BYTES_MAX } from './chunks';
import { onConnectionEnd } from './connection-end';
import { ExchangeAnswer, REQUEST_ID_HEADER, type StandingHeaders } from './exchange-ends';

/**
 * The client's end of what Node's server took. What is not large is written as text of one byte a letter: that goes out in one piece, with the
 * head before it and what frames it as a chunk, where bytes would be one piece of several.
 */
export class HttpClientAnswer extends ExchangeAnswer {
  private gone = false;
  /** Chunks are framed here, no longer by Node. */
  private frames = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly standing: StandingHeaders,
  ) {
    super();
    response.on('close', this.closed);
    if (!response.socket) onConnectionEnd(response, this.closed);
    response.on('drain', () => this.onDrain?.());
    // Writing to a client that just left is no news: 'close' tells.
    response.on('error', () => undefined);
  }

  get left(): boolean {
    return this.gone;
  }

  get started(): boolean {
    return this.response.headersSent;
  }

  get status(): number {
    return this.response.headersSent ? this.response.statusCode : 0;
  }

  destroy(): void {
    const { response } = this;
    response.destroy();
    // Node tells nothing of one whose turn on its connection has not come.
    if (!response.socket) this.closed();
  }

  destroyWhenEnded(): void {
    this.response.once('finish', () => this.response.req.destroy());
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.gone) return;
    const { requestId, requestIdHeader, others } = this.standing;
    const own = { [REQUEST_ID_HEADER]: requestId };
    this.response.writeHead(status, Object.assign({ [requestIdHeader]: requestId }, headers, own, others));
  }

  write(chunk: Buffer): boolean {
    const { response } = this;
    // Whose end is still to be told: who has left holds nothing back.
    if (this.gone || response.destroyed || chunk.length === 0) return true;
    if (response.chunkedEncoding) {
      response.chunkedEncoding = false;
      this.frames = true;
    }
    if (!this.frames) return response.write(chunk);
    if (chunk.length <= ONE_PIECE_BYTES_MAX) return response.write(framed(chunk), 'latin1');
    response.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    response.write(chunk);
    return response.write('\r\n', 'latin1');
  }

  end(chunk?: Buffer): void {
    if (this.gone || this.ended) return;
    this.ended = true;
    if (this.frames) {
      if (chunk) this.write(chunk);
      this.response.end(LAST_CHUNK, 'latin1');
    } else if (!chunk || chunk.length === 0) this.response.end();
    else if (chunk.length <= ONE_PIECE_BYTES_MAX) this.endInOnePiece(chunk);
    else this.response.end(chunk);
    this.letGo();
  }

  private readonly closed = (): void => {
    if (!this.ended && !this.gone) {
      this.gone = true;
      this.onLeft?.();
      this.letGo();
    }
    const { onOver } = this;
    this.onOver = undefined;
    onOver?.();
  };

  /** Node would hold it back for an empty piece behind it, and hand over both as several. */
  private endInOnePiece(chunk: Buffer): void {
    this.response.write(chunk.toString('latin1'), 'latin1');
    this.response.socket?.uncork();
    this.response.end();
  }
}
