import type { Socket } from 'node:net';
import type { ClientSocket } from './client-socket';
import type { AnswerWith, RequestBody } from './exchange-ends';
import { IncomingBody } from './incoming-body';
import type { KnownHeads } from './known-heads';
import { LatestHead } from './latest-head';
import type { RequestLine } from './request-head';
import { SocketAnswer } from './socket-answer';

/** What a connection needs of its server. */
export interface SurfaceConnections<Said> {
  /** What is known of heads on all connections. */
  readonly heads: KnownHeads<Said>;
  /** What is to be known of a head, which may be kept; undefined where a request is nobody's. */
  sayOf(line: RequestLine): Said | undefined;
  take(said: Said, request: RequestBody, answerWith: AnswerWith): void;
  /** Everything that is not taken here: the socket as it is, with all that was not read yet. */
  ordinary(socket: Socket): void;
  /** What the head of every answer says of its connection, which ends with it or does not. */
  headLines(ends: boolean): string;
  /** It is nobody's here any more. */
  forget(connection: SurfaceConnection<Said>): void;
  /** Milliseconds, of a clock that never goes back. */
  now(): number;
}

/** What of the next requests is kept while one is answered; who sends more is not read until then. */
const AHEAD_BYTES_MAX = 64 * 1_024;
const NONE = Buffer.alloc(0);

/**
 * One connection of a client, read request by request. It takes what begins with a head of one piece that says nothing in an unusual way,
 * by a path of a surface; at the first request that does not, the connection is Node's to its end, from that request's
 * first byte. So nothing is refused by what is read here, and nothing is understood otherwise than Node would.
 */
export class SurfaceConnection<Said> {
  /** Milliseconds; when it last had nothing to do. */
  idleSince: number;
  /** It has served a request. */
  kept = false;
  private readonly heads: LatestHead<Said>;
  private answer: SocketAnswer | undefined;
  private incoming: IncomingBody | undefined;
  /** What came before its turn: copies. */
  private ahead: Buffer = NONE;

  constructor(
    readonly socket: ClientSocket,
    private readonly server: SurfaceConnections<Said>,
  ) {
    this.heads = new LatestHead(server.heads, (line) => server.sayOf(line));
    this.idleSince = server.now();
    socket.ear = this.onBytes;
    socket.on('drain', this.onDrain);
    socket.on('end', this.onEnd);
    socket.on('close', this.onClose);
    socket.on('error', this.onError);
    // Else its end is not told.
    socket.resume();
  }

  get isIdle(): boolean {
    return this.answer === undefined;
  }

  headLines(ends: boolean): string {
    return this.server.headLines(ends);
  }

  /** Its answer has left. What is left of a body that was not waited for cannot be told from the next request. */
  answered(andEnds: boolean): void {
    const { incoming } = this;
    this.answer = this.incoming = undefined;
    this.kept = true;
    this.idleSince = this.server.now();
    if (andEnds || (incoming && !incoming.complete)) return this.endSoon();
    const { ahead } = this;
    this.ahead = NONE;
    if (this.socket.isPaused()) this.socket.resume();
    if (ahead.length > 0) this.read(ahead);
  }

  private readonly onBytes = (bytes: Buffer): void => {
    if (this.incoming && !this.incoming.complete) this.keep(this.incoming.feed(bytes));
    else if (this.answer) this.keep(bytes);
    else this.read(bytes);
  };

  private readonly onDrain = (): void => this.answer?.onDrain?.();

  /** Whoever sends no more is gone, as for Node's server. */
  private readonly onEnd = (): void => void this.socket.destroy();

  private readonly onClose = (): void => {
    this.server.forget(this);
    this.incoming?.destroy();
    const { answer } = this;
    this.answer = undefined;
    answer?.closed();
  };

  /** 'close' follows. */
  private readonly onError = (): void => undefined;

  /** What still comes is no request: it may be of a body that nobody waited for. */
  private endSoon(): void {
    this.socket.ear = () => undefined;
    this.socket.destroySoon();
  }

  private keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.ahead = Buffer.concat([this.ahead, bytes]);
    if (this.ahead.length > AHEAD_BYTES_MAX) this.socket.pause();
  }

  private read(bytes: Buffer): void {
    const head = this.heads.read(bytes);
    if (!head) return this.handOver(bytes);
    const { said, length, end } = head;
    const bodyEnd = end + length;
    if (bytes.length < bodyEnd) return this.takeIncoming(said, length, bytes.subarray(end));
    this.server.take(said, { body: bytes.subarray(end, bodyEnd), length }, this.answerWith);
    // To whoever hears by now: it may have been answered already.
    if (bytes.length > bodyEnd) this.socket.ear?.(bytes.subarray(bodyEnd));
  }

  /** @param begun what came with the head. */
  private takeIncoming(said: Said, length: number, begun: Buffer): void {
    const body = new IncomingBody(this.socket, length);
    this.incoming = body;
    this.server.take(said, { body, length }, this.answerWith);
    body.feed(begun);
  }

  private readonly answerWith: AnswerWith = (headers) => (this.answer = new SocketAnswer(this, headers));

  private handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.ear = undefined;
    socket.off('drain', this.onDrain);
    socket.off('end', this.onEnd);
    socket.off('close', this.onClose);
    socket.off('error', this.onError);
    this.server.forget(this);
    socket.pause();
    socket.unshift(Buffer.from(bytes));
    this.server.ordinary(socket);
    socket.resume();
  }
}
