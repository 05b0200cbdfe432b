import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Relay {
  readonly client: Socket;
  readonly server: Socket;
  /** From now on nothing that the server says gets through. */
  mute: boolean;
}

/** From the first word of the client to the cut: time enough for the server to do what was asked. */
const LOST_AFTER_MS = 250;

/** A way to a server that can be cut, stopped and made one-way: faults for servers that have none of their own. */
export class FaultyProxy {
  private readonly relays = new Set<Relay>();
  private losing = false;

  private constructor(
    private readonly server: Server,
    private readonly host: string,
    private readonly targetPort: number,
  ) {}

  static async before(host: string, port: number): Promise<FaultyProxy> {
    const server = createServer({ noDelay: true }, (client) => proxy.relay(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy: FaultyProxy = new FaultyProxy(server, host, port);
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What the clients say next reaches the server, but no answer comes back, and then they are cut off. */
  loseNextAnswer(): void {
    this.losing = true;
  }

  cutAll(): void {
    for (const { client } of this.relays) client.destroy();
  }

  /** Neither side hears of the other for so long, as when the server's process is stopped. */
  stall(ms: number): void {
    for (const { client, server } of this.relays) {
      client.pause();
      server.pause();
      setTimeout(() => {
        client.resume();
        server.resume();
      }, ms).unref();
    }
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private relay(client: Socket): void {
    const relay: Relay = {
      client,
      server: connect({ port: this.targetPort, host: this.host, noDelay: true }),
      mute: false,
    };
    const { server } = relay;
    this.relays.add(relay);
    client.on('data', (chunk) => {
      if (this.losing && !relay.mute) this.lose(relay);
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!relay.mute) client.write(chunk);
    });
    const end = (): void => {
      this.relays.delete(relay);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
  }

  private lose(relay: Relay): void {
    relay.mute = true;
    setTimeout(() => {
      this.losing = false;
      relay.client.destroy();
    }, LOST_AFTER_MS);
  }
}
