import type { ServerResponse } from 'node:http';
import { ClientAnswer } from '../../app/gateway.ports';

/** What goes on the answer, whatever it is. */
export interface StandingHeaders {
  readonly unlessSaid: Readonly<Record<string, string>>;
  readonly always: Readonly<Record<string, string>>;
}

/** A larger body is not copied once more. */
const ONE_PIECE_BYTES_MAX = 64 * 1_024;

/** The client's end over HTTP/1.1. */
export class HttpClientAnswer extends ClientAnswer {
  private gone = false;

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
    return this.gone || this.response.write(chunk);
  }

  end(chunk?: Buffer): void {
    if (this.gone) return;
    if (!chunk || chunk.length === 0) this.response.end();
    // As text of one byte a letter it goes out with the head in one piece; bytes would be written beside it.
    else if (chunk.length <= ONE_PIECE_BYTES_MAX) this.response.end(chunk.toString('latin1'), 'latin1');
    else this.response.end(chunk);
  }
}
