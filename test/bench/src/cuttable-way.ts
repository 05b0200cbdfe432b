import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a service that can be cut: whoever came by it has to connect anew. */
export class CuttableWay {
  private readonly clients = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(address: string): Promise<CuttableWay> {
    const target = new URL(`tcp://${address}`);
    const server = createServer((client) => {
      const service = connect(Number(target.port), target.hostname);
      way.clients.add(client);
      client.pipe(service).pipe(client);
      const end = (): void => {
        way.clients.delete(client);
        client.destroy();
        service.destroy();
      };
      for (const socket of [client, service]) socket.on('close', end).on('error', end);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const way: CuttableWay = new CuttableWay(server);
    return way;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const client of this.clients) client.destroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }
}
