import { toGrpcError } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

type Price = handleUnaryCall<registryV1.PriceModelsRequest, registryV1.PriceModelsResponse>;

/** The registry as far as it says what models cost, up or down as the spec says. */
export class FakeRegistry {
  readonly asked: registryV1.PriceModelsRequest[] = [];
  /** Of a model, whatever its integration, by versions of the price book from 1. */
  readonly books: Readonly<Record<string, typeV1.Rates>>[] = [];
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    registry.server.addService(registryV1.CatalogServiceService, {
      priceModels: (...[call, respond]: Parameters<Price>) => registry.price(call, respond),
    });
    const port = await new Promise<number>((resolve, reject) =>
      registry.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    registry.address = `127.0.0.1:${port}`;
    return registry;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private price(...[{ request }, respond]: Parameters<Price>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.asked.push(request);
    const { priceBook, models } = request;
    const version = priceBook?.$case === 'version' ? Number(priceBook.value) : this.books.length;
    const book = this.books[version - 1];
    if (!book) return respond(toGrpcError(new AppError('NOT_FOUND', 'PRICE_BOOK_UNKNOWN')));
    respond(null, {
      priceBookVersion: BigInt(version),
      models: models.map(({ integrationId, model }) => ({
        ...{ integrationId, model },
        prices: book[model] && { rates: book[model], tiers: [], serviceTiers: {} },
      })),
    });
  }
}
