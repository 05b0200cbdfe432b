import { type RequestListener, Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { HttpsCertificate } from '@gatehouse/config';
import type { Clock } from '@gatehouse/kernel';
import { ClientSocket } from './client-socket';
import type { AnswerWith, RequestBody } from './exchange-ends';
import { KnownHeads } from './known-heads';
import type { RequestLine } from './request-head';
import { SurfaceConnection, type SurfaceConnections } from './surface-connection';

/** @template Said what is to be known of a head. */
export interface SurfaceServerOptions<Said> {
  /** Undefined where a request is no surface's. It may be kept for as long as the server stands. */
  readonly sayOf: (line: RequestLine) => Said | undefined;
  readonly take: (said: Said, request: RequestBody, answerWith: AnswerWith) => void;
  /** Milliseconds until the first byte of a connection's first request has to be there, and the head of any. */
  readonly headDeadlineMs: number;
  /** Milliseconds that a connection may have nothing to do between requests. */
  readonly keepAliveMs: number;
  /** Called whenever connections are looked at, with monotonic milliseconds. */
  readonly look: (now: number) => void;
  readonly clock: Clock;
  /** HTTPS and nothing else, where given: its connections are Node's own once they are secured. */
  readonly certificate?: HttpsCertificate | undefined;
  readonly node: ServerOptions;
}

/** Connections are looked at so often within the time that a head may take. */
const LOOKS_PER_HEAD = 4;
const DATE_MS = 1_000;

/**
 * Node's HTTP server, but for what surfaces take: a connection is read by us until there is something else on it, and is Node's own
 * from there. Its time-outs hold on either side.
 */
export class SurfaceServer<Said> extends Server implements SurfaceConnections<Said> {
  readonly heads = new KnownHeads<Said>();
  private readonly ours = new Set<SurfaceConnection<Said>>();
  private readonly ordinaryListener: (socket: Socket) => void;
  private readonly looking: NodeJS.Timeout;
  private dateLine = '';
  private datedUntil = Number.NEGATIVE_INFINITY;
  private readonly keptLines: string;
  private readonly secured: TlsServer | undefined;
  /** What is encrypted on them or is to be, handshakes included. */
  private readonly encrypted = new Set<Socket>();

  constructor(
    private readonly surfaces: SurfaceServerOptions<Said>,
    others: RequestListener,
  ) {
    const lookEveryMs = Math.ceil(surfaces.headDeadlineMs / LOOKS_PER_HEAD);
    super(
      {
        ...surfaces.node,
        headersTimeout: surfaces.headDeadlineMs,
        keepAliveTimeout: surfaces.keepAliveMs,
        connectionsCheckingInterval: lookEveryMs,
      },
      (request, response) => {
        // Behind an answer with which it ends Node goes on reading, and answers what comes next before what came first.
        if (request.socket.writable) others(request, response);
        else request.socket.destroy();
      },
    );
    this.keptLines = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(surfaces.keepAliveMs / 1_000)}\r\n`;
    const [listener] = this.listeners('connection');
    this.ordinaryListener = listener as (socket: Socket) => void;
    this.removeAllListeners('connection');
    this.secured = surfaces.certificate && this.securing(surfaces.certificate);
    this.on('connection', (accepted) => this.begin(accepted));
    this.looking = setInterval(() => this.look(), lookEveryMs).unref();
    this.once('close', () => clearInterval(this.looking));
  }

  sayOf(line: RequestLine): Said | undefined {
    return this.surfaces.sayOf(line);
  }

  take(said: Said, request: RequestBody, answerWith: AnswerWith): void {
    this.surfaces.take(said, request, answerWith);
  }

  ordinary(socket: Socket): void {
    this.ordinaryListener.call(this, socket);
  }

  headLines(ends: boolean): string {
    const now = this.now();
    if (now >= this.datedUntil) {
      const date = this.surfaces.clock.now();
      this.datedUntil = now + DATE_MS - date.getMilliseconds();
      this.dateLine = `date: ${date.toUTCString()}\r\n`;
    }
    return this.dateLine + (ends ? 'connection: close\r\n' : this.keptLines);
  }

  forget(connection: SurfaceConnection<Said>): void {
    this.ours.delete(connection);
  }

  now(): number {
    return this.surfaces.clock.monotonicMs();
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const { socket, isIdle } of this.ours) if (isIdle) socket.destroy();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const { socket } of this.ours) socket.destroy();
    for (const socket of this.encrypted) socket.destroy();
  }

  private securing(certificate: HttpsCertificate): TlsServer {
    const handshakeTimeout = this.surfaces.headDeadlineMs;
    const options = { ...certificate.contents, ALPNProtocols: ['http/1.1'], handshakeTimeout };
    const server = new TlsServer(options, (socket) => this.ordinary(socket));
    // As Node's own HTTPS server does: by itself a connection that could not be secured stays.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    certificate.keepIn(server);
    return server;
  }

  private begin(accepted: Socket): void {
    if (this.secured) {
      accepted.allowHalfOpen = false;
      this.encrypted.add(accepted);
      accepted.once('close', () => this.encrypted.delete(accepted));
      this.secured.emit('connection', accepted);
      return;
    }
    const socket = ClientSocket.over(accepted);
    if (socket) this.ours.add(new SurfaceConnection(socket, this));
    else this.ordinary(accepted);
  }

  private look(): void {
    const now = this.now();
    this.surfaces.look(now);
    this.endIdle(now);
  }

  private endIdle(now: number): void {
    const { headDeadlineMs, keepAliveMs } = this.surfaces;
    for (const { socket, isIdle, kept, idleSince } of this.ours) {
      if (isIdle && now - idleSince >= (kept ? keepAliveMs : headDeadlineMs)) socket.destroy();
    }
  }
}
