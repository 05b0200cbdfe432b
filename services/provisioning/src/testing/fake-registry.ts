import type { Content } from '@gatehouse/contents';
import { registryV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

type Get = handleUnaryCall<registryV1.GetPublishedContentRequest, registryV1.GetPublishedContentResponse>;

/** The registry as far as it serves contents, up or down as the spec says. */
export class FakeRegistry {
  readonly served = new Map<string, Uint8Array>();
  asked = 0;
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    registry.server.addService(registryV1.CatalogServiceService, {
      getPublishedContent: (...[call, respond]: Parameters<Get>) => registry.get(call, respond),
    });
    const port = await new Promise<number>((resolve, reject) =>
      registry.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    registry.address = `127.0.0.1:${port}`;
    return registry;
  }

  serve(content: Content): Content {
    this.served.set(content.sha256, content.gzip);
    return content;
  }

  async stop(): Promise<void> {
    this.server.forceShutdown();
  }

  private get(...[call, respond]: Parameters<Get>): void {
    this.asked++;
    const gzip = this.served.get(call.request.sha256);
    if (this.down || gzip === undefined) respond({ code: status.UNAVAILABLE });
    else respond(null, { gzip: Buffer.from(gzip) });
  }
}
