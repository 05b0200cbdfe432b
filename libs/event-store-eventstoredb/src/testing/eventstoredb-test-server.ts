import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from 'node:net';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { serveAppend, serveDelete, serveTombstone } from './append-call';
import { serveBatchAppend } from './batch-append-call';
import { Faults } from './faults';
import { serveRead } from './read-call';
import type { CallCounts, ServedLog } from './served-log';
import { serveSupportedMethods } from './server-features-call';
import { ServerLog } from './server-log';

export interface TestServerOptions {
  readonly host?: string;
  /** 0 takes a free one, and keeps it over deaths. */
  readonly port?: number;
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
  readonly counts: CallCounts = { append: 0, batchAppend: 0, read: 0, subscription: 0 };
  private readonly sockets = new Map<string, Socket>();
  private listening: TcpServer | undefined;
  private grpc: Server | undefined;

  private constructor(
    private readonly host: string,
    private port: number,
  ) {}

  static async start({
    host = '127.0.0.1',
    port = 0,
  }: TestServerOptions = {}): Promise<EventStoreDbTestServer> {
    const server = new EventStoreDbTestServer(host, port);
    await server.listen();
    return server;
  }

  get connectionString(): string {
    return `esdb://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}?tls=false`;
  }

  get alive(): boolean {
    return this.listening !== undefined;
  }

  /** After a death: the same data on the same port. */
  async restart(): Promise<void> {
    this.die();
    this.log.restarted();
    await this.listen();
  }

  die(): void {
    this.listening?.close();
    this.listening = undefined;
    for (const socket of this.sockets.values()) socket.resetAndDestroy();
    this.sockets.clear();
    this.grpc?.forceShutdown();
    this.grpc = undefined;
  }

  cut(peer: string): void {
    this.sockets.get(peer)?.resetAndDestroy();
  }

  private async listen(): Promise<void> {
    const grpc = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX });
    grpc.addService(StreamsService, {
      read: serveRead(this),
      append: serveAppend(this),
      delete: serveDelete(this),
      tombstone: serveTombstone(this),
      batchAppend: serveBatchAppend(this),
    });
    grpc.addService(ServerFeaturesService, { getSupportedMethods: serveSupportedMethods });
    const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const listening = createServer({ noDelay: true }, (socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      this.sockets.set(peer, socket);
      socket.on('close', () => this.sockets.delete(peer));
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
}
