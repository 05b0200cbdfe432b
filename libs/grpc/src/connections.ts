import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '@gatehouse/kernel';
import type { Server, ServerInterceptingCall } from '@grpc/grpc-js';
import type { Denials } from './denials';
import { type Stranger, Strangers } from './strangers';

/** Calls at a time on one connection; a gateway keeps a few watches open and asks a lease per request. */
const CALLS_MAX = 1_000;
/**
 * Until one of them was authenticated. Clients learn of it before their first call, and of the other number before their
 * first answer; what is above waits at theirs, or is refused below all that makes a call dear.
 */
export const STRANGERS_CALLS_MAX = 32;

/** Where a connection's two ends are; the one name that a call knows its connection by. */
type Ends = Pick<
  ReturnType<ServerInterceptingCall['getConnectionInfo']>,
  'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'
>;

/** The HTTP/2 servers of a server that listens already, but has taken no connection yet. */
export const http2ServersOf = (server: Server): readonly Http2Server[] => {
  // The library has no public way to them; its version is pinned, and tests show strangers refused.
  const { http2Servers } = server as unknown as { http2Servers: ReadonlyMap<Http2Server, unknown> };
  return [...http2Servers.keys()];
};

/** The connections of a server that have authenticated nobody yet, and what calls tell of them. */
export class StrangersConnections {
  private readonly strangers: Strangers;
  private readonly byEnds = new Map<string, StrangersSocket>();

  constructor(
    clock: Pick<Clock, 'monotonicMs'>,
    private readonly denials?: Denials,
  ) {
    this.strangers = new Strangers(clock);
  }

  /** Takes every connection of the server in hand, before TLS and HTTP/2 see it. */
  guard(server: Server): void {
    for (const http2Server of http2ServersOf(server)) {
      const takers = http2Server.listeners('connection');
      http2Server.removeAllListeners('connection');
      http2Server.on('connection', (socket: Socket) =>
        this.meet(socket, () => {
          for (const taker of takers) taker.call(http2Server, socket);
        }),
      );
      http2Server.on('session', (session: ServerHttp2Session) => {
        const stranger = this.byEnds.get(nameOf(session.socket));
        if (stranger) stranger.session = session;
      });
    }
  }

  /** Of the connection between these ends: a call on it was authenticated. */
  authenticated(ends: Ends): void {
    const name = nameOf(ends);
    const stranger = this.byEnds.get(name);
    if (!stranger) return;
    this.byEnds.delete(name);
    this.strangers.authenticated(stranger);
    // It may have ended while its caller was looked up.
    if (!stranger.session?.destroyed) stranger.session?.settings({ maxConcurrentStreams: CALLS_MAX });
  }

  /** Of the connection between these ends: a call on it presents credentials. */
  asked(ends: Ends): void {
    const stranger = this.byEnds.get(nameOf(ends));
    if (stranger) this.strangers.asked(stranger);
  }

  /** Of the connection between these ends: it asked for what is anybody's. */
  visited(ends: Ends): void {
    const stranger = this.byEnds.get(nameOf(ends));
    if (stranger) this.strangers.visited(stranger);
  }

  /** Of the connection between these ends: a call on it was refused for its credentials. */
  refused(ends: Ends): void {
    const stranger = this.byEnds.get(nameOf(ends));
    if (stranger) this.strangers.refused(stranger);
  }

  private meet(socket: Socket, take: () => void): void {
    const name = nameOf(socket);
    const stranger = new StrangersSocket(socket, take, (reason) =>
      this.denials?.note({ address: stranger.address, caller: 'unknown', reason }),
    );
    this.byEnds.set(name, stranger);
    socket.once('close', () => {
      if (this.byEnds.get(name) === stranger) this.byEnds.delete(name);
      this.strangers.left(stranger);
    });
    this.strangers.arrived(stranger);
  }
}

const nameOf = ({ localAddress, localPort, remoteAddress, remotePort }: Ends): string =>
  `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;

class StrangersSocket implements Stranger {
  readonly host: string;
  readonly address: string;
  session?: ServerHttp2Session;

  constructor(
    private readonly socket: Socket,
    private readonly take: () => void,
    private readonly note: (reason: string) => void,
  ) {
    this.host = socket.remoteAddress ?? 'unknown';
    this.address = `${this.host}:${socket.remotePort}`;
    // While it waits nobody else listens, and it must not keep a process alive that wants to end.
    socket.on('error', () => undefined).unref();
  }

  letIn(): void {
    this.socket.ref();
    this.take();
  }

  close(reason: string): void {
    this.note(reason);
    // Says goodbye, where it was greeted. What was answered in this turn of the event loop has left behind it.
    setImmediate(() => (this.session ?? this.socket).destroy());
  }
}
