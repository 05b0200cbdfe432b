import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { CertifiedKey } from '@gatehouse/certificates';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  type Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { serveAppend, serveDelete, serveTombstone } from './append-call';
import { serveBatchAppend } from './batch-append-call';
import { Faults } from './faults';
import { serveGossip } from './gossip-call';
import { serveRead } from './read-call';
import { Replication } from './replication';
import type { CallCounts, ServedLog } from './served-log';
import { serveSupportedMethods } from './server-features-call';
import { ServerLog } from './server-log';
import { refusalOfCaller, type Users } from './users';

export interface TestServerOptions {
  readonly host?: string;
  /** 0 takes a free one, and keeps it over deaths. */
  readonly port?: number;
  /** How long after it was written an append is answered; 0 by default. */
  readonly replicationMs?: number;
  /** TLS, and who may call by it. Without it anybody may, as on an insecure server. */
  readonly secured?: { readonly certificate: CertifiedKey; readonly users: Users };
}

/** As many bytes as a client may send in one message. */
const MESSAGE_BYTES_MAX = 17 * 1024 * 1024;

/**
 * The public Streams service of an EventStoreDB 23.10.1, in memory, on a real port. The log outlives the server's
 * deaths, but not this object. Connections are accepted here and not by gRPC, so that a death is one: sockets destroyed
 * without a word.
 */
export class EventStoreDbTestServer implements ServedLog {
  readonly log = new ServerLog(Date.now);
  readonly faults = new Faults();
  readonly replication: Replication;
  readonly counts: CallCounts = { append: 0, dropped: 0, batchAppend: 0, read: 0, subscription: 0 };
  private sockets = new Map<string, Socket>();
  private listening: TcpServer | undefined;
  private grpc: Server | undefined;

  private readonly host: string;
  private port: number;
  private readonly secured: TestServerOptions['secured'];

  private constructor({ host = '127.0.0.1', port = 0, replicationMs = 0, secured }: TestServerOptions) {
    this.host = host;
    this.port = port;
    this.secured = secured;
    this.replication = new Replication(replicationMs);
  }

  static async start(options: TestServerOptions = {}): Promise<EventStoreDbTestServer> {
    const server = new EventStoreDbTestServer(options);
    await server.listen();
    return server;
  }

  /** `host:port`, for an address that names users, certificates or several nodes. */
  get address(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** Of a server without TLS. */
  get connectionString(): string {
    return `esdb://${this.address}?tls=false`;
  }

  get alive(): boolean {
    return this.listening !== undefined;
  }

  /** After a death: the same data on the same port. */
  async restart(): Promise<void> {
    this.die();
    await afterwards();
    this.log.restarted();
    await this.listen();
  }

  /** Nothing is answered from here on; the sockets go when what they have received is read. */
  die(): void {
    const { grpc, sockets } = this;
    this.listening?.close();
    this.listening = undefined;
    this.grpc = undefined;
    this.sockets = new Map();
    void afterwards().then(() => {
      for (const socket of sockets.values()) end(socket);
      grpc?.forceShutdown();
    });
  }

  cut(peer: string): void {
    const socket = this.sockets.get(peer);
    if (socket) void afterwards().then(() => end(socket));
  }

  private async listen(): Promise<void> {
    const grpc = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX });
    grpc.addService(StreamsService, {
      read: this.streaming(serveRead(this)),
      append: this.answering(serveAppend(this)),
      delete: this.answering(serveDelete(this)),
      tombstone: this.answering(serveTombstone(this)),
      batchAppend: this.streaming(serveBatchAppend(this)),
    });
    grpc.addService(ServerFeaturesService, { getSupportedMethods: serveSupportedMethods });
    grpc.addService(GossipService, { read: serveGossip(() => ({ host: this.host, port: this.port })) });
    const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const { sockets } = this;
    const listening = this.accept((socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      sockets.set(peer, socket);
      socket.on('close', () => sockets.delete(peer));
      socket.on('error', () => undefined);
      injector.injectConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject);
      listening.listen(this.port, this.host, resolve);
    });
    this.port = (listening.address() as AddressInfo).port;
    this.listening = listening;
    this.grpc = grpc;
  }

  /** TLS is ended before gRPC, so that a death takes the connection whole. */
  private accept(serve: (socket: Socket) => void): TcpServer {
    if (!this.secured) return createServer({ noDelay: true }, serve);
    const { certificate: cert, key } = this.secured.certificate;
    return createTlsServer({ cert, key, ALPNProtocols: ['h2'], noDelay: true }, serve);
  }

  private refusalOf(call: { readonly metadata: Metadata }): ServiceError | undefined {
    return this.secured && refusalOfCaller(this.secured.users, call.metadata);
  }

  /** Only for those who may call: of a method that answers once. */
  private answering<Call extends { readonly metadata: Metadata }, Answer>(
    serve: (call: Call, callback: sendUnaryData<Answer>) => void,
  ): (call: Call, callback: sendUnaryData<Answer>) => void {
    return (call, callback) => {
      const refusal = this.refusalOf(call);
      if (refusal) callback(refusal);
      else serve(call, callback);
    };
  }

  /** The same, of a method that answers by a stream. */
  private streaming<
    Call extends { readonly metadata: Metadata; emit(event: 'error', error: Error): unknown },
  >(serve: (call: Call) => void): (call: Call) => void {
    return (call) => {
      const refusal = this.refusalOf(call);
      if (refusal) call.emit('error', refusal);
      else serve(call);
    };
  }
}

/**
 * Once the handler that asks for it is left. It is called while Node's HTTP/2 reads a socket, and whoever destroys that
 * socket then corrupts the heap (nodejs/node#64850).
 */
const afterwards = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Without a word, where the kernel is asked for that. */
const end = (socket: Socket): void => {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
};
