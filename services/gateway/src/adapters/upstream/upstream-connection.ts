import { HostRefused } from '@gatehouse/hosts';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { UpstreamFailure } from '../../app/gateway.ports';
import { lettersOf, piecesOf } from '../../domain/outgoing-body';
import { AnswerReader } from './answer-reader';
import type { CallConnection } from './call-connection';
import type { HeardHeaders } from './heard-headers';
import type { SocketCall } from './socket-call';

/** Where a connection leads. */
export interface Origin {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Undefined without TLS; empty where the host is an address, which TLS does not name. */
  readonly servername: string | undefined;
  /** Judges the addresses of the host as they are dialled. */
  readonly lookup: LookupFunction;
  /** What of the heads of its answers is told. */
  readonly heard: HeardHeaders;
  /** Of the latest connection over TLS, by which the next is quicker. */
  session: Buffer | undefined;
}

/** How often connections are looked at within the time that they may take for something. */
export interface Looks {
  readonly connect: number;
  readonly head: number;
  readonly idle: number;
  /** Milliseconds between two. */
  readonly everyMs: number;
}

/** Whose a connection is. */
export interface ConnectionOwner {
  /** It can serve another call. */
  free(connection: UpstreamConnection): void;
  /** It serves nobody any more. Called once. */
  ended(connection: UpstreamConnection): void;
}

/** One for all connections of a thread: what a read brings is copied out of it before the next. */
const READ = Buffer.allocUnsafeSlow(64 * 1_024);
/** Up to here a body goes out as text, in one piece with its head. */
const ONE_PIECE_BYTES_MAX = 16 * 1_024;
/** Up to here a piece of a larger body does, with what is before it. */
const SMALL_BYTES_MAX = 1_024;
const KEEP_ALIVE_PROBE_MS = 60_000;
/** How the end of a connection is told. */
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** One connection to a provider, which serves one call at a time. */
export class UpstreamConnection implements CallConnection {
  private readonly socket: Socket;
  private readonly answer: AnswerReader;
  private call: SocketCall | undefined;
  private stands = false;
  /** It has served a call to its end. */
  private reused = false;
  private gone = false;
  /** Looks since something happened, and how many there may be. */
  private quiet = 0;
  private quietMax: number;
  private errorCode = '';
  private refused: HostRefused | undefined;

  /** Dials at once. */
  constructor(
    private readonly origin: Origin,
    private readonly looks: Looks,
    private readonly owner: ConnectionOwner,
  ) {
    this.answer = new AnswerReader(origin.heard);
    this.quietMax = looks.connect;
    this.socket = this.dial();
    this.socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    this.socket.on('end', this.onEnd).on('error', this.onError).on('close', this.onClose);
  }

  /** False where its socket has ended and did not say so yet, and where something of a request has not left. */
  get isUsable(): boolean {
    const { destroyed, readableEnded, writableLength } = this.socket;
    return !this.gone && !destroyed && !readableEnded && writableLength === 0;
  }

  /** Of a call that it is dialled for, or when it is free. */
  serve(call: SocketCall): void {
    this.call = call;
    call.connection = this;
    if (this.stands) this.send(call);
  }

  /** Called every so often. */
  look(): void {
    if (++this.quiet <= this.quietMax) return;
    this.end(this.stands ? 'timeout' : 'unreachable');
  }

  pause(): void {
    // How long a client takes is not its provider's silence.
    this.quietMax = Number.POSITIVE_INFINITY;
    this.socket.pause();
  }

  resume(): void {
    this.wait(this.looks.idle);
    this.socket.resume();
  }

  destroy(): void {
    if (this.call) this.call.connection = undefined;
    this.call = undefined;
    this.end('broken');
  }

  /** @param failure told to the call that is on it. */
  end(failure: UpstreamFailure): void {
    const { call } = this;
    this.call = undefined;
    this.socket.destroy();
    if (!this.gone) {
      this.gone = true;
      this.owner.ended(this);
    }
    call?.failed(failure);
  }

  private dial(): Socket {
    const { host, port, servername, lookup, session } = this.origin;
    const to = { host, port, lookup, onread: { buffer: READ, callback: this.onRead } };
    if (servername === undefined) return connect(to, this.onStands);
    const socket = connectTls({ ...to, servername, session, ALPNProtocols: ['http/1.1'] }, this.onStands);
    return socket.on('session', (latest) => (this.origin.session = latest));
  }

  private wait(looks: number): void {
    this.quiet = 0;
    this.quietMax = looks;
  }

  private send(call: SocketCall): void {
    const { head, body } = call;
    this.wait(this.looks.head);
    this.answer.begin(call);
    call.sent();
    if (body.length > ONE_PIECE_BYTES_MAX) return this.sendInPieces(head, piecesOf(body));
    this.socket.write(head + lettersOf(body), 'latin1');
  }

  /** As one write, without a copy of what is large. */
  private sendInPieces(head: string, pieces: readonly (Buffer | string)[]): void {
    const { socket } = this;
    let text = head;
    socket.cork();
    for (const piece of pieces) {
      if (typeof piece === 'string') text += piece;
      else if (piece.length <= SMALL_BYTES_MAX) text += piece.toString('latin1');
      else {
        if (text !== '') socket.write(text, 'latin1');
        socket.write(piece);
        text = '';
      }
    }
    if (text !== '') socket.write(text, 'latin1');
    socket.uncork();
  }

  private readonly onStands = (): void => {
    this.stands = true;
    if (this.call) this.send(this.call);
  };

  private readonly onRead = (bytes: number): boolean => {
    const { answer, call } = this;
    // Nobody asked for it.
    if (!call || answer.state === 'whole') this.end('broken');
    else this.read(bytes);
    return true;
  };

  /** @param bytes so many were read. */
  private read(bytes: number): void {
    const { answer } = this;
    const before = answer.state;
    try {
      answer.feed(READ, bytes);
    } catch {
      return this.end('broken');
    }
    if (answer.state === 'refused') this.end('broken');
    else if (answer.state === 'whole') this.answered();
    else if (answer.state === 'body') {
      this.quiet = 0;
      // But for who does not listen.
      if (before === 'head' && this.quietMax === this.looks.head) this.quietMax = this.looks.idle;
    }
  }

  private answered(): void {
    const { call, answer } = this;
    if (!call) return;
    this.call = undefined;
    this.reused = true;
    answer.forget();
    if (answer.keptMs > 0) this.rest();
    else this.end('broken');
    call.ended();
  }

  private rest(): void {
    const { everyMs } = this.looks;
    this.wait(Math.floor(this.answer.keptMs / everyMs) - 1);
    if (this.socket.isPaused()) this.socket.resume();
    if (!this.isUsable) {
      // Who answers before all was said does not know where the next request begins; over TLS it is told at the end of the turn that it was.
      if (this.origin.servername === undefined) return this.end('broken');
      setImmediate(this.endUnlessUsable);
    }
    this.owner.free(this);
  }

  private readonly endUnlessUsable = (): void => {
    if (!this.call && !this.isUsable) this.end('broken');
  };

  private readonly onEnd = (): void => {
    if (this.call && this.stands && this.answer.finish()) this.answered();
    else this.end(this.failureAtEnd(true));
  };

  private readonly onError = (error: Error & { code?: string }): void => {
    this.errorCode = error.code ?? '';
    if (error instanceof HostRefused) this.refused = error;
  };

  private readonly onClose = (): void => this.end(this.failureAtEnd(RESETS.has(this.errorCode)));

  /** @param isReset the other side ended it. */
  private failureAtEnd(isReset: boolean): UpstreamFailure {
    if (!this.stands) return this.refused ?? 'unreachable';
    return isReset && this.reused && !this.answer.begun ? 'reset' : 'broken';
  }
}
