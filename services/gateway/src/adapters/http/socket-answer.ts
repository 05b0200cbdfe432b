import { STATUS_CODES, validateHeaderValue } from 'node:http';
import type { Socket } from 'node:net';
import { framed, LAST_CHUNK, ONE_PIECE_BYTES_MAX } from './chunks';
import { ExchangeAnswer, REQUEST_ID_HEADER, type StandingHeaders } from './exchange-ends';

type Headers = Readonly<Record<string, string>>;

/** The connection that an answer goes over. */
export interface AnswerConnection {
  readonly socket: Socket;
  /** What every head says of the connection, and when. */
  headLines(ends: boolean): string;
  /** The answer has left; nothing more comes of it. */
  answered(andEnds: boolean): void;
}

/** The client's end on a socket of our own: a head and what follows it go out as one write. */
export class SocketAnswer extends ExchangeAnswer {
  private head: string | undefined;
  status = 0;
  private gone = false;
  private frames = false;
  private endsConnection = false;

  constructor(
    private readonly connection: AnswerConnection,
    private readonly standing: StandingHeaders,
  ) {
    super();
  }

  get left(): boolean {
    return this.gone;
  }

  get started(): boolean {
    return this.status > 0;
  }

  destroy(): void {
    this.connection.socket.destroy();
  }

  destroyWhenEnded(): void {
    this.endsConnection = true;
  }

  start(status: number, headers: Headers): void {
    if (this.gone) return;
    const { requestId, requestIdHeader, others } = this.standing;
    this.endsConnection ||= (others['connection'] ?? headers['connection']) === 'close';
    this.frames = headers['content-length'] === undefined && status !== 204 && status !== 304;
    let lines = `${REQUEST_ID_HEADER}: ${requestId}\r\n`;
    if (headers[requestIdHeader] === undefined) lines += `${requestIdHeader}: ${requestId}\r\n`;
    lines += linesOf(headers, others) + linesOf(others);
    if (this.frames) lines += 'transfer-encoding: chunked\r\n';
    const standing = this.connection.headLines(this.endsConnection);
    this.head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines}${standing}\r\n`;
    this.status = status;
  }

  write(chunk: Buffer): boolean {
    const { socket } = this.connection;
    // Whose end is still to be told: who has left holds nothing back.
    if (this.gone || socket.destroyed || chunk.length === 0) return true;
    if (chunk.length <= ONE_PIECE_BYTES_MAX)
      return socket.write(
        this.headOnce() + (this.frames ? framed(chunk) : chunk.toString('latin1')),
        'latin1',
      );
    socket.cork();
    socket.write(this.headOnce() + (this.frames ? `${chunk.length.toString(16)}\r\n` : ''), 'latin1');
    let goesOn = socket.write(chunk);
    if (this.frames) goesOn = socket.write('\r\n', 'latin1');
    socket.uncork();
    return goesOn;
  }

  end(chunk?: Buffer): void {
    if (this.gone || this.ended) return;
    this.ended = true;
    const { socket } = this.connection;
    let last = this.frames ? LAST_CHUNK : '';
    if (chunk && chunk.length > ONE_PIECE_BYTES_MAX) this.write(chunk);
    else if (chunk && chunk.length > 0)
      last = (this.frames ? framed(chunk) : chunk.toString('latin1')) + last;
    last = this.headOnce() + last;
    if (last !== '') socket.write(last, 'latin1');
    this.letGo();
    // 'close' follows.
    if (socket.destroyed || socket.errored) return;
    // A callback would cost a turn of its own, and the kernel has nearly always taken it all by now.
    if (socket.writableLength === 0) this.flushed();
    else socket.write('', 'latin1', (error) => error ?? this.flushed());
  }

  /** The socket is closed. */
  closed(): void {
    if (!this.ended) {
      this.gone = true;
      this.onLeft?.();
      this.letGo();
    }
    this.isOver();
  }

  private flushed(): void {
    this.isOver();
    this.connection.answered(this.endsConnection);
  }

  private headOnce(): string {
    const { head = '' } = this;
    this.head = undefined;
    return head;
  }

  private isOver(): void {
    const { onOver } = this;
    this.onOver = undefined;
    onOver?.();
  }
}

const NONE: Headers = {};
/** The connection's to say, and the exchange's. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['connection', REQUEST_ID_HEADER]);

/** What of some headers others do not say instead. */
const linesOf = (headers: Headers, instead = NONE): string => {
  let lines = '';
  for (const name of Object.keys(headers)) {
    if (SAID_ELSEWHERE.has(name) || instead[name] !== undefined) continue;
    const value = headers[name] as string;
    validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
};
