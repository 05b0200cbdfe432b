import type { ServerResponse } from 'node:http';
import { ClientAnswer } from '../../app/gateway.ports';

/** What goes on the answer, whatever it is. */
export interface StandingHeaders {
  readonly unlessSaid: Readonly<Record<string, string>>;
  readonly always: Readonly<Record<string, string>>;
}

/** What is larger is not copied once more. */
const ONE_PIECE_BYTES_MAX = 64 * 1_024;
const LAST_CHUNK = '0\r\n\r\n';

/**
 * The client's end over HTTP/1.1. What is not large is written as text of one byte a letter: that goes out in one piece, with the
 * head before it and what frames it as a chunk, where bytes would be one piece of several.
 */
export class HttpClientAnswer extends ClientAnswer {
  private gone = false;
  /** Chunks are framed here, no longer by Node. */
  private frames = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly headers: StandingHeaders,
  ) {
    super();
    response.on('close', () => {
      if (response.writableEnded) return;
      this.gone = true;
      this.onLeft?.();
    });
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

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.gone) return;
    const { unlessSaid, always } = this.headers;
    this.response.writeHead(status, Object.assign({}, unlessSaid, headers, always));
  }

  write(chunk: Buffer): boolean {
    if (this.gone || chunk.length === 0) return true;
    const { response } = this;
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
    if (this.gone) return;
    if (this.frames) {
      if (chunk) this.write(chunk);
      this.response.end(LAST_CHUNK, 'latin1');
    } else if (!chunk || chunk.length === 0) this.response.end();
    else if (chunk.length <= ONE_PIECE_BYTES_MAX) this.endInOnePiece(chunk);
    else this.response.end(chunk);
  }

  /** Node would hold it back for an empty piece behind it, and hand over both as several. */
  private endInOnePiece(chunk: Buffer): void {
    this.response.write(chunk.toString('latin1'), 'latin1');
    this.response.socket?.uncork();
    this.response.end();
  }
}

/** As one chunk of a body in chunks. */
const framed = (chunk: Buffer): string => `${chunk.length.toString(16)}\r\n${chunk.toString('latin1')}\r\n`;
