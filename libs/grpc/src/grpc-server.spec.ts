import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createServer, connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, SystemClock } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type DynamicModule, type INestMicroservice, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { service as healthService } from 'grpc-health-check';
import { AppErrorFilter } from './app-error.filter';
import { AuthGuard } from './auth.guard';
import { grpcClient } from './grpc-client';
import { fromGrpcError } from './error-details';
import { Denials } from './denials';
import { createGrpcApp } from './grpc-server';
import { callerOf, type GrpcController, GrpcService, Requires } from './grpc-service.decorator';
import { Authenticator, type Principal, SERVICE_TOKEN_KEY } from './principal';
import { SMALL_REQUEST } from './request-bound';
import { REFUSALS_MAX, STRANGERS_MAX } from './strangers';

class TokenIsName extends Authenticator {
  async authenticate(metadata: Metadata): Promise<Principal> {
    const [name] = metadata.get(SERVICE_TOKEN_KEY);
    if (name === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    return name === 'operator' ? { kind: 'operator' } : { kind: 'service', name: 'gateway' };
  }
}

@GrpcService('CatalogService', registryV1.CatalogServiceService)
class CatalogController implements GrpcController<typeof registryV1.CatalogServiceService> {
  @Requires('operator', SMALL_REQUEST)
  async listProviders(
    request: registryV1.ListProvidersRequest,
    _metadata: unknown,
    call: object,
  ): Promise<registryV1.ListProvidersResponse> {
    if (request.pageToken === 'bug') throw new Error('a secret of ours');
    if (request.pageToken === 'refuse')
      throw new AppError('REFUSED', 'NOT_NOW', { metadata: { until: 'later' } });
    return { providers: [], nextPageToken: callerOf(call).principal.kind };
  }

  @Requires('operator', SMALL_REQUEST)
  async getProvider(): Promise<registryV1.GetProviderResponse> {
    return { provider: undefined };
  }

  @Requires('operator', SMALL_REQUEST)
  async listModels(): Promise<registryV1.ListModelsResponse> {
    return registryV1.ListModelsResponse.fromPartial({});
  }

  @Requires('operator', SMALL_REQUEST)
  async listPrices(): Promise<registryV1.ListPricesResponse> {
    return registryV1.ListPricesResponse.fromPartial({});
  }

  @Requires('operator', SMALL_REQUEST)
  async getPublishedContent(): Promise<registryV1.GetPublishedContentResponse> {
    return { gzip: Buffer.alloc(0) };
  }

  @Requires('operator', SMALL_REQUEST)
  async priceModels(): Promise<registryV1.PriceModelsResponse> {
    return { priceBookVersion: 0n, models: [] };
  }
}

@Module({})
class CatalogModule {
  static with(errors: unknown[]): DynamicModule {
    const log = { error: (fields: object) => void errors.push(fields) };
    return {
      module: CatalogModule,
      controllers: [CatalogController],
      providers: [
        { provide: Authenticator, useClass: TokenIsName },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useFactory: () => new AppErrorFilter(log) },
      ],
    };
  }
}

const operator = { [SERVICE_TOKEN_KEY]: 'operator' };

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe('a gRPC service', () => {
  const errors: unknown[] = [];
  const denied: unknown[] = [];
  let app: INestMicroservice;
  let address: string;

  const list = (serviceToken: string | undefined, pageToken = '') =>
    grpcClient(registryV1.CatalogServiceClient, { address, serviceToken }).listProviders({
      pageSize: 0,
      pageToken,
    });

  beforeAll(async () => {
    address = `127.0.0.1:${await freePort()}`;
    const created = await createGrpcApp(CatalogModule.with(errors), {
      listen: address,
      services: { 'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService },
      denials: new Denials({ warn: (fields) => void denied.push(fields) }, new SystemClock()),
    });
    app = created.app;
    await created.serve();
  });

  afterAll(() => app?.close());

  it('lets in who may, and knows who calls', async () => {
    await expect(list('operator')).resolves.toMatchObject({ nextPageToken: 'operator' });
  });

  it('refuses strangers, and those who may not', async () => {
    await expect(list(undefined)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'CREDENTIALS_MISSING',
    });
    await expect(list('gateway')).rejects.toMatchObject({ code: 'FORBIDDEN', reason: 'PERMISSION_DENIED' });
    const rpc = '/gatehouse.registry.v1.CatalogService/ListProviders';
    const at = { rpc, address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) };
    expect(denied).toEqual([
      { ...at, caller: 'unknown', reason: 'CREDENTIALS_MISSING' },
      { ...at, caller: 'service gateway', reason: 'PERMISSION_DENIED' },
    ]);
  });

  it('tells refusals in full, and nothing of our own faults', async () => {
    await expect(list('operator', 'refuse')).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'NOT_NOW',
      metadata: { until: 'later' },
    });
    const refused = await list('operator', 'bug').catch((error: AppError) => error);
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: 'PEER_FAILED' });
    expect(((refused as AppError).cause as ServiceError).details).toBe('INTERNAL');
    expect(errors).toHaveLength(1);
  });

  it('is not waited for where it stands still before it is connected to, however long a call may take', async () => {
    const ended: (() => void)[] = [];
    const still = createServer((socket) => ended.push(() => socket.destroy())).listen(0, '127.0.0.1');
    await once(still, 'listening');
    const { port } = still.address() as { port: number };
    const client = grpcClient(registryV1.CatalogServiceClient, {
      ...{ address: `127.0.0.1:${port}`, serviceToken: 'operator', deadlineMs: 60_000 },
    });
    const asked = Date.now();
    await expect(client.listProviders({ pageSize: 0, pageToken: '' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'PEER_UNAVAILABLE',
      cause: { details: `127.0.0.1:${port} has not answered within 10 s: it stands still` },
    });
    expect(Date.now() - asked).toBeLessThan(30_000);
    client.close();
    for (const end of ended) end();
    still.close();
  }, 90_000);

  it('is not blamed for a request that no message can carry', async () => {
    const client = grpcClient(registryV1.CatalogServiceClient, { address, serviceToken: 'operator' });
    const asked = client.listProviders({ pageSize: 2 ** 31, pageToken: '' });
    await expect(asked).rejects.toMatchObject({ code: 'INVALID', reason: 'REQUEST_NOT_ENCODABLE' });
    client.close();
  });

  const raw = (
    bytes: Buffer,
    headers: Record<string, string>,
    options: object = {},
  ): Promise<ServiceError | undefined> =>
    new Promise((resolve) => {
      const client = new Client(address, credentials.createInsecure(), options);
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
      const asIs = (message: Buffer): Buffer => message;
      const { path } = registryV1.CatalogServiceService.listProviders;
      client.makeUnaryRequest(path, asIs, asIs, bytes, metadata, (error) => {
        client.close();
        resolve(error ?? undefined);
      });
    });
  const emptyFields = (count: number): Buffer => Buffer.alloc(2 * count, Buffer.from([0x7a, 0x00]));

  it('decodes nothing of a stranger, nor of a caller who may not', async () => {
    const decode = jest.spyOn(registryV1.ListProvidersRequest, 'decode');
    await raw(emptyFields(3), {});
    await raw(emptyFields(3), { [SERVICE_TOKEN_KEY]: 'gateway' });
    expect(decode).not.toHaveBeenCalled();
    await expect(raw(emptyFields(3), operator)).resolves.toBeUndefined();
    expect(decode).toHaveBeenCalledTimes(1);
    decode.mockRestore();
  });

  it('refuses compressed requests', async () => {
    const refused = await raw(emptyFields(1), operator, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    expect(refused?.details).toContain('COMPRESSION_REFUSED');
  });

  it('refuses more bytes than the RPC declares before they are decoded', async () => {
    const decode = jest.spyOn(registryV1.ListProvidersRequest, 'decode');
    const refused = await raw(Buffer.alloc(SMALL_REQUEST.bytesMax + 1), operator);
    expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(fromGrpcError(refused as ServiceError)).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      metadata: { bytes_max: String(SMALL_REQUEST.bytesMax) },
    });
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
  });

  it('refuses more fields than the RPC declares', async () => {
    await expect(raw(emptyFields(SMALL_REQUEST.fieldsMax), operator)).resolves.toBeUndefined();
    const refused = await raw(emptyFields(SMALL_REQUEST.fieldsMax + 1), operator);
    expect(fromGrpcError(refused as ServiceError)).toMatchObject({
      code: 'INVALID',
      reason: 'REQUEST_TOO_MANY_ELEMENTS',
    });
  });

  it('demands a permission, a scope for keys, and a bound beside every RPC', () => {
    const bind = GrpcService('CatalogService', registryV1.CatalogServiceService);
    class Forgetful {
      async listProviders(): Promise<void> {}
    }
    expect(() => bind(Forgetful)).toThrow('declares no permission');
    // As a program without types would.
    const requires = Requires as unknown as (...declared: unknown[]) => MethodDecorator;
    class Unbounded {
      @requires('operator')
      async listProviders(): Promise<void> {}
    }
    expect(() => bind(Unbounded)).toThrow('declares no bound');
    class Unscoped {
      @requires('usage.read', SMALL_REQUEST)
      async listProviders(): Promise<void> {}
    }
    expect(() => bind(Unscoped)).toThrow('declares no scope');
  });

  it('does not start with an RPC that no controller was bound to', async () => {
    const services = { 'gatehouse.registry.v1.VaultService': registryV1.VaultServiceService };
    await expect(createGrpcApp(CatalogModule.with([]), { listen: address, services })).rejects.toThrow(
      'no controller serves /gatehouse.registry.v1.VaultService/GetSealedCredential',
    );
  });

  it('tells its health to anybody', async () => {
    const { makeClientConstructor } = await import('@grpc/grpc-js');
    const Health = makeClientConstructor(healthService as never, 'Health');
    const client = new Health(address, credentials.createInsecure());
    const check = new Promise<{ status: string }>((resolve, reject) => {
      (
        client['check'] as unknown as (
          request: object,
          done: (error: unknown, answer: { status: string }) => void,
        ) => void
      ).call(client, { service: 'gatehouse.registry.v1.CatalogService' }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    await expect(check).resolves.toMatchObject({ status: 'SERVING' });
    client.close();
  });

  it.each(['v1', 'v1alpha'])('shows its services by reflection %s', async (version) => {
    const client = new Client(address, credentials.createInsecure());
    const asIs = (bytes: Buffer): Buffer => bytes;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const call = client.makeBidiStreamRequest(path, asIs, asIs);
    // ServerReflectionRequest with `list_services: ""`: field 7, of length 0.
    call.on('error', () => undefined);
    call.write(Buffer.from([0x3a, 0x00]));
    const [answer] = (await once(call, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain('gatehouse.registry.v1.CatalogService');
    call.end();
    client.close();
  });

  it('throws what keeps it from starting, for its caller to tell', async () => {
    const reason = new AppError('UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE');
    const module = {
      module: CatalogModule,
      providers: [{ provide: 'store', useFactory: () => Promise.reject(reason) }],
    };
    await expect(createGrpcApp(module, { listen: '127.0.0.1:0', services: {} })).rejects.toBe(reason);
  });
});

describe('connections of strangers', () => {
  const denied: { reason: string }[] = [];
  let app: INestMicroservice;
  let address: string;
  const ended: (() => void)[] = [];

  beforeEach(async () => {
    address = `127.0.0.1:${await freePort()}`;
    const created = await createGrpcApp(CatalogModule.with([]), {
      listen: address,
      services: { 'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService },
      denials: new Denials({ warn: (fields) => void denied.push(fields as never) }, new SystemClock()),
    });
    app = created.app;
    await created.serve();
  });

  afterEach(async () => {
    for (const end of ended.splice(0)) end();
    denied.splice(0);
    await app.close();
  });

  const connection = (): ClientHttp2Session => {
    const session = connect(`http://${address}`).on('error', () => undefined);
    ended.push(() => session.destroy());
    return session;
  };

  /** The status of the answer; undefined where the connection ended first. */
  const call = (session: ClientHttp2Session, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': registryV1.CatalogServiceService.listProviders.path,
        'content-type': 'application/grpc',
        ...headers,
      });
      let answer: number | undefined;
      const take = (all: object): void => void (answer ??= (all as Record<string, number>)['grpc-status']);
      stream.on('response', take).on('trailers', take);
      stream.once('error', () => undefined).once('close', () => resolve(answer && Number(answer)));
      stream.resume().end(Buffer.alloc(5));
    });

  const refusals = async (session: ClientHttp2Session, count: number) => {
    const answers: (number | undefined)[] = [];
    for (let n = 0; n < count && !session.closed; n++) answers.push(await call(session));
    return answers;
  };

  const UNAUTHENTICATED: number = status.UNAUTHENTICATED;

  it('are closed when they go on being refused, and others see nothing of it', async () => {
    const innocent = connection();
    expect(await call(innocent, operator)).toBe(0);
    const flooding = connection();
    const answers = await refusals(flooding, 2 * REFUSALS_MAX);
    expect(answers).toEqual(Array(REFUSALS_MAX).fill(UNAUTHENTICATED));
    expect(flooding.closed).toBe(true);
    expect(await call(innocent, operator)).toBe(0);
    expect(denied.at(-1)).toEqual({
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      caller: 'unknown',
      reason: 'CONNECTION_REFUSED_TOO_OFTEN',
    });
  });

  it('stay open, whatever else comes on them, once a call on them was authenticated', async () => {
    const shared = connection();
    await refusals(shared, REFUSALS_MAX - 1);
    // It may not do this, but it is known.
    expect(await call(shared, { [SERVICE_TOKEN_KEY]: 'gateway' })).toBe(status.PERMISSION_DENIED);
    const answers = await refusals(shared, 3 * REFUSALS_MAX);
    expect(answers).toEqual(Array(3 * REFUSALS_MAX).fill(UNAUTHENTICATED));
    expect(await call(shared, operator)).toBe(0);
  });

  it('have a few calls at a time, and more once one of them was authenticated', async () => {
    const session = connection();
    const settings = async (): Promise<number | undefined> =>
      ((await once(session, 'remoteSettings')) as [{ maxConcurrentStreams?: number }])[0]
        .maxConcurrentStreams;
    expect(await settings()).toBe(32);
    const raised = settings();
    expect(await call(session)).toBe(UNAUTHENTICATED);
    expect(await call(session, operator)).toBe(0);
    expect(await raised).toBe(1_000);
    const answers = await Promise.all(Array.from({ length: 500 }, () => call(session, operator)));
    expect(new Set(answers)).toEqual(new Set([0]));
  });

  it('are bounded in number: the first go when more come, and nobody else does', async () => {
    const innocent = connection();
    expect(await call(innocent, operator)).toBe(0);
    let open = 0;
    for (let n = 0; n < STRANGERS_MAX + 100; n++) {
      const socket = connectSocket(Number(address.split(':')[1]), '127.0.0.1');
      ended.push(() => socket.destroy());
      socket.on('error', () => undefined).once('close', () => open--);
      await once(socket, 'connect');
      open++;
    }
    // The others are closed as soon as the server has seen them.
    while (open > STRANGERS_MAX) await sleep(10);
    expect(await call(innocent, operator)).toBe(0);
    expect(await call(connection(), operator)).toBe(0);
  });
});
