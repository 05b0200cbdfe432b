import { AppError } from '@gatehouse/kernel';
import { SERVICE_TOKEN_KEY, toGrpcError } from '@gatehouse/grpc';
import { gatewayV1 } from '@gatehouse/proto-gen';
import { type Destruction, type IntegrationKey, type KeyProvider, KeyProviders } from '@gatehouse/sealing';
import { InMemoryKeys } from '@gatehouse/sealing/testing';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { KeyCustody, type KeyName } from '../app/vault/integration-keys.ports';

/** Holds integrations' keys at a key provider, as gateways do elsewhere. */
export class ProviderCustody<P extends KeyProvider> extends KeyCustody {
  private readonly providers: KeyProviders;

  constructor(readonly keys: P) {
    super();
    this.providers = new KeyProviders([keys]);
  }

  create(name: KeyName): Promise<IntegrationKey> {
    return this.providers.create(name);
  }

  destroy(name: KeyName, keyId: string, wasScheduled: boolean): Promise<Destruction> {
    return this.providers.destroy(name, keyId, wasScheduled);
  }
}

export class InMemoryCustody extends ProviderCustody<InMemoryKeys> {
  constructor() {
    super(new InMemoryKeys());
  }
}

/** The same over gRPC, as a gateway has it. */
export class FakeCustodian<C extends KeyCustody = InMemoryCustody> {
  readonly tokens = new Set<unknown>();
  address = '';
  private readonly server = new Server();

  constructor(readonly custody: C) {}

  async start(): Promise<void> {
    this.server.addService(gatewayV1.KeyCustodyServiceService, {
      createIntegrationKey: this.unary(
        async (
          request: gatewayV1.CreateIntegrationKeyRequest,
        ): Promise<gatewayV1.CreateIntegrationKeyResponse> => {
          const { keyId, publicKey, custody } = await this.custody.create(request as KeyName);
          return { keyId, publicKey: Buffer.from(publicKey), custody: Buffer.from(custody) };
        },
      ),
      destroyIntegrationKey: this.unary(
        async (
          request: gatewayV1.DestroyIntegrationKeyRequest,
        ): Promise<gatewayV1.DestroyIntegrationKeyResponse> => {
          const { keyId, wasScheduled } = request;
          const outcome = await this.custody.destroy(request as unknown as KeyName, keyId, wasScheduled);
          return { scheduledFor: outcome.state === 'scheduled' ? outcome.until : undefined };
        },
      ),
    });
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private unary<Q, R>(answer: (request: Q) => Promise<R>): handleUnaryCall<Q, R> {
    return ({ request, metadata }, respond) => {
      for (const token of metadata.get(SERVICE_TOKEN_KEY)) this.tokens.add(token);
      answer(request).then(
        (response) => respond(null, response),
        (error: unknown) => respond(error instanceof AppError ? toGrpcError(error) : (error as Error)),
      );
    };
  }
}
