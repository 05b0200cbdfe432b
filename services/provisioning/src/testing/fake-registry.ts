import type { Content } from '@gatehouse/contents';
import { toGrpcError } from '@gatehouse/grpc';
import type { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { FakeKeyUses } from './fake-key-uses';

type CarryOut = handleUnaryCall<registryV1.CarryOutProposalRequest, registryV1.CarryOutProposalResponse>;
type Get = handleUnaryCall<registryV1.GetPublishedContentRequest, registryV1.GetPublishedContentResponse>;

/** The registry as far as it serves contents and carries out what was approved, up or down as the spec says. */
export class FakeRegistry {
  readonly served = new Map<string, Uint8Array>();
  readonly keyUses = new FakeKeyUses();
  readonly carriedOut: registryV1.CarryOutProposalRequest[] = [];
  /** Why it refuses what was approved; undefined: it does not. */
  refusal: AppError | undefined;
  asked = 0;
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    registry.keyUses.serveAt(registry.server);
    registry.server.addService(registryV1.CatalogServiceService, {
      getPublishedContent: (...[call, respond]: Parameters<Get>) => registry.get(call, respond),
    });
    registry.server.addService(registryV1.ProposalServiceService, {
      carryOutProposal: (...[call, respond]: Parameters<CarryOut>) => registry.carryOut(call, respond),
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

  private carryOut(...[call, respond]: Parameters<CarryOut>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.carriedOut.push(call.request);
    if (this.refusal) return respond(toGrpcError(this.refusal));
    respond(null, { position: '1' });
  }

  private get(...[call, respond]: Parameters<Get>): void {
    this.asked++;
    const gzip = this.served.get(call.request.sha256);
    if (this.down || gzip === undefined) respond({ code: status.UNAVAILABLE });
    else respond(null, { gzip: Buffer.from(gzip) });
  }
}
