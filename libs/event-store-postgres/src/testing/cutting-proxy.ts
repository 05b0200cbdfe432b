import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to Postgres that can be cut: between a statement's effect and its answer, or at any time. */
export class CuttingProxy {
  private readonly clients = new Set<Socket>();
  private losing: Buffer | undefined;

  private constructor(
    private readonly server: Server,
    /** The server's URL by way of the proxy. */
    readonly url: string,
  ) {}

  static async before(url: string): Promise<CuttingProxy> {
    const target = new URL(url);
    const server = createServer((client) =>
      proxy.relay(client, connect(Number(target.port), target.hostname)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const changed = new URL(url);
    changed.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy: CuttingProxy = new CuttingProxy(server, changed.href);
    return proxy;
  }

  /** The next answer to what contains these bytes is swallowed, and the connection cut. */
  loseNextAnswerTo(bytes: string): void {
    this.losing = Buffer.from(bytes);
  }

  cutAll(): void {
    for (const client of this.clients) client.destroy();
  }

  /** Listens again, where it did before. */
  async open(): Promise<void> {
    const { port } = new URL(this.url);
    await new Promise<void>((resolve) => this.server.listen(Number(port), '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private relay(client: Socket, server: Socket): void {
    let lost = false;
    this.clients.add(client);
    client.on('data', (chunk) => {
      if (this.losing !== undefined && chunk.includes(this.losing)) {
        this.losing = undefined;
        lost = true;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (lost) client.destroy();
      else client.write(chunk);
    });
    const end = (): void => {
      this.clients.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
  }
}
