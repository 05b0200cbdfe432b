import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CertificateSubject,
  type CertifiedKey,
  makeAuthority,
  makeCertificate,
} from '@gatehouse/certificates';
import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';
import { type DynamicModule, type INestMicroservice, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AppErrorFilter } from './app-error.filter';
import { AuthGuard } from './auth.guard';
import { grpcClient } from './grpc-client';
import { createGrpcApp } from './grpc-server';
import { callerOf, type GrpcController, GrpcService, Requires } from './grpc-service.decorator';
import { AUTHORIZATION_KEY, Authenticator, type Principal, identifiedPrincipal } from './principal';
import { SMALL_REQUEST } from './request-bound';
import { identityOf, identityUri, type ServerTls } from './tls';
import { TlsFiles, type TlsPaths } from './tls-files';

/** Whoever has a key is an operator here, else whom the certificate names. */
class CertificateOrKey extends Authenticator {
  async authenticate(metadata: Metadata, identity?: Identity): Promise<Principal> {
    if (metadata.get(AUTHORIZATION_KEY).length > 0) return { kind: 'operator' };
    if (!identity) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    return identifiedPrincipal(identity);
  }
}

@GrpcService('CatalogService', registryV1.CatalogServiceService)
class CatalogController implements GrpcController<typeof registryV1.CatalogServiceService> {
  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listProviders(
    _request: registryV1.ListProvidersRequest,
    _metadata: unknown,
    call: object,
  ): Promise<registryV1.ListProvidersResponse> {
    const { principal } = callerOf(call);
    return { providers: [], nextPageToken: principal.kind === 'service' ? principal.name : principal.kind };
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async getProvider(): Promise<registryV1.GetProviderResponse> {
    return { provider: undefined };
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listModels(): Promise<registryV1.ListModelsResponse> {
    return registryV1.ListModelsResponse.fromPartial({});
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listPrices(): Promise<registryV1.ListPricesResponse> {
    return registryV1.ListPricesResponse.fromPartial({});
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async getPublishedContent(): Promise<registryV1.GetPublishedContentResponse> {
    return { gzip: Buffer.alloc(0) };
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async priceModels(): Promise<registryV1.PriceModelsResponse> {
    return { priceBookVersion: 0n, models: [] };
  }
}

@Module({})
class CatalogModule {
  static with(): DynamicModule {
    return {
      module: CatalogModule,
      controllers: [CatalogController],
      providers: [
        { provide: Authenticator, useClass: CertificateOrKey },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useFactory: () => new AppErrorFilter({ error: () => undefined }) },
      ],
    };
  }
}

const DAY_MS = 86_400_000;
const REFRESH_MS = 20;
const directory = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
const apps: INestMicroservice[] = [];
let ours: CertifiedKey;
let theirs: CertifiedKey;

const at = (name: string): string => join(directory, name);

/** In place at once, as a careful operator does it. */
const put = (name: string, text: string): void => {
  writeFileSync(at(`${name}.new`), text, { mode: 0o600 });
  renameSync(at(`${name}.new`), at(name));
};

const signed = (
  subject: Omit<CertificateSubject, 'name'>,
  { by = ours, from = new Date(Date.now() - DAY_MS), days = 10 } = {},
): Promise<CertifiedKey> => makeCertificate(by, { name: 'test', ...subject }, { from, days });

const serviceCertificate = (identity: Identity, host: string = identity) =>
  signed({ uri: identityUri(identity), hosts: [host, 'localhost'] });

const store = (name: string, { certificate, key }: CertifiedKey): TlsPaths['own'] => {
  put(`${name}.crt`, certificate);
  put(`${name}.key`, key);
  return { certificate: at(`${name}.crt`), key: at(`${name}.key`) };
};

const filesOf = (name: string, own?: CertifiedKey, onFault?: (error: Error) => void): TlsFiles =>
  new TlsFiles(own ? { ca: at('ca.crt'), own: store(name, own)! } : { ca: at('ca.crt') }, {
    refreshMs: REFRESH_MS,
    onFault,
  });

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const serve = async (
  files: TlsFiles,
  clientCertificates: ServerTls['clientCertificates'] = 'optional',
): Promise<number> => {
  const port = await freePort();
  const { app, serve } = await createGrpcApp(CatalogModule.with(), {
    listen: `127.0.0.1:${port}`,
    services: { 'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService },
    tls: { files, clientCertificates },
  });
  apps.push(app);
  await serve();
  return port;
};

const ask = async (port: number, tls: TlsFiles | undefined, apiKey?: string, host = 'localhost') => {
  const client = grpcClient(registryV1.CatalogServiceClient, {
    address: `${host}:${port}`,
    apiKey,
    tls,
    deadlineMs: 5_000,
  });
  try {
    return (await client.listProviders({ pageSize: 0, pageToken: '' })).nextPageToken;
  } finally {
    client.close();
  }
};

/** Shows a certificate and asks nothing; whether the connection is let be. */
const isLetIn = (port: number, shown?: CertifiedKey): Promise<boolean> =>
  new Promise((resolve) => {
    const socket: TLSSocket = connect({
      ...{ port, host: '127.0.0.1', servername: 'localhost', ca: ours.certificate, ALPNProtocols: ['h2'] },
      ...(shown && { cert: shown.certificate, key: shown.key }),
    });
    const answer = (letIn: boolean): void => {
      resolve(letIn);
      socket.destroy();
    };
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
    // The settings of HTTP/2, which a server sends to a connection that it takes, are its first frame; a goodbye is 7.
    socket.once('data', (bytes: Buffer) => {
      if (bytes[3] !== 4) answer(false);
      else
        socket.write(
          'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x08\x06\0\0\0\0\0pingping',
          'latin1',
        );
      // An answered ping: the connection lives.
      socket.on('data', (more: Buffer) => more.includes('pingping') && answer(true));
    });
  });

beforeAll(async () => {
  const validity = { from: new Date(Date.now() - 100 * DAY_MS), days: 1_000 };
  [ours, theirs] = await Promise.all([makeAuthority('ours', validity), makeAuthority('theirs', validity)]);
  put('ca.crt', ours.certificate);
});

afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));
afterAll(() => rmSync(directory, { recursive: true }));

describe('gRPC over TLS', () => {
  it('knows a service, and the operator, by the certificate', async () => {
    const port = await serve(filesOf('registry', await serviceCertificate('registry')));
    for (const name of ['gateway', 'operator'] as const) {
      await expect(ask(port, filesOf(name, await serviceCertificate(name)))).resolves.toBe(name);
    }
  });

  it('serves whoever has a key without a certificate, unless one is required', async () => {
    const files = filesOf('registry', await serviceCertificate('registry'));
    const optional = await serve(files);
    await expect(ask(optional, filesOf('nobody'), 'gh_key')).resolves.toBe('operator');
    await expect(ask(optional, filesOf('nobody'))).rejects.toMatchObject({ reason: 'CREDENTIALS_MISSING' });
    const required = await serve(files, 'required');
    await expect(ask(required, filesOf('nobody'), 'gh_key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const guest = filesOf('guest', await signed({ hosts: ['guest'] }));
    await expect(ask(required, guest, 'gh_key')).resolves.toBe('operator');
    await expect(ask(required, guest)).rejects.toMatchObject({ reason: 'CREDENTIALS_MISSING' });
  });

  it.each(['optional', 'required'] as const)(
    'refuses the connection of a bad certificate, certificates being %s',
    async (demand) => {
      const port = await serve(filesOf('registry', await serviceCertificate('registry')), demand);
      const uri = identityUri('gateway');
      const long = new Date(Date.now() - 50 * DAY_MS);
      const bad = {
        ofAnotherAuthority: await signed({ uri }, { by: theirs }),
        expired: await signed({ uri }, { from: long, days: 1 }),
        notYetValid: await signed({ uri }, { from: new Date(Date.now() + DAY_MS) }),
        signedByAService: await signed({ uri }, { by: await serviceCertificate('metering') }),
      };
      for (const [name, certificate] of Object.entries(bad)) {
        expect([name, await isLetIn(port, certificate)]).toEqual([name, false]);
      }
      expect(await isLetIn(port, await serviceCertificate('gateway'))).toBe(true);
      expect(await isLetIn(port)).toBe(demand === 'optional');
    },
  );

  it('speaks no plain text, neither as a server nor as a client', async () => {
    const port = await serve(filesOf('registry', await serviceCertificate('registry')));
    await expect(ask(port, undefined, 'gh_key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const plain = await freePort();
    const created = await createGrpcApp(CatalogModule.with(), {
      listen: `127.0.0.1:${plain}`,
      services: { 'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService },
    });
    apps.push(created.app);
    await created.serve();
    await expect(ask(plain, filesOf('nobody'), 'gh_key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('calls no server of another CA, of another name, or expired', async () => {
    const hosts = ['localhost'];
    const uri = identityUri('registry');
    const impostors = {
      ofAnotherAuthority: await signed({ uri, hosts }, { by: theirs }),
      ofAnotherName: await signed({ uri, hosts: ['registry'] }),
      expired: await signed({ uri, hosts }, { from: new Date(Date.now() - 50 * DAY_MS), days: 1 }),
    };
    for (const [name, certificate] of Object.entries(impostors)) {
      const port = await serve(filesOf(name, certificate));
      const refused = await ask(port, filesOf('nobody'), 'gh_key').catch((error: AppError) => error.code);
      expect([name, refused]).toEqual([name, 'UNAVAILABLE']);
    }
  });

  it('uses files that changed for new connections, and keeps those of before while they do not fit', async () => {
    const faults: string[] = [];
    const files = filesOf('reloaded', await serviceCertificate('registry'), ({ message }) =>
      faults.push(message),
    );
    const port = await serve(files);
    const mine = filesOf('changing', await serviceCertificate('gateway'));
    await expect(ask(port, mine)).resolves.toBe('gateway');

    put('reloaded.crt', (await serviceCertificate('registry')).certificate);
    while (faults.length === 0) await sleep(REFRESH_MS);
    await expect(ask(port, mine)).resolves.toBe('gateway');

    store('changing', await serviceCertificate('operator'));
    while ((await ask(port, mine)) !== 'operator') await sleep(REFRESH_MS);

    // The server's name goes: whoever comes now must see the new one.
    store('reloaded', await signed({ uri: identityUri('registry'), hosts: ['elsewhere'] }));
    while (
      await ask(port, mine).then(
        () => true,
        () => false,
      )
    )
      await sleep(REFRESH_MS);
    expect(faults).toHaveLength(1);
  });

  it('starts with no key that others may read, and with none of another certificate', async () => {
    const own = store('open', await serviceCertificate('registry'))!;
    writeFileSync(at('wide.key'), 'any', { mode: 0o644 });
    const wide = { ...own, key: at('wide.key') };
    expect(() => new TlsFiles({ ca: at('ca.crt'), own: wide })).toThrow('must have mode 0600');
    store('other', await serviceCertificate('registry'));
    const mixed = { ...own, key: at('other.key') };
    expect(() => new TlsFiles({ ca: at('ca.crt'), own: mixed })).toThrow(/mismatch/);
  });
});

describe('identityOf', () => {
  it.each([
    ['URI:spiffe://gatehouse/registry', 'registry'],
    ['DNS:operator, URI:spiffe://gatehouse/gateway, IP Address:127.0.0.1', 'gateway'],
    ['DNS:gateway', undefined],
    [undefined, undefined],
  ])('reads %p', (subjectaltname, identity) => {
    expect(identityOf({ subjectaltname })).toBe(identity);
  });

  it.each([
    'URI:spiffe://gatehouse/stranger',
    'URI:spiffe://gatehouse/constructor',
    'URI:spiffe://elsewhere/gateway',
    'URI:spiffe://gatehouse/gateway/x',
    'URI:spiffe://gatehouse/gateway, URI:spiffe://gatehouse/operator',
    'URI:"spiffe://gatehouse/gateway"',
  ])('takes %p for nobody', (subjectaltname) => {
    expect(() => identityOf({ subjectaltname })).toThrow('CERTIFICATE_UNKNOWN');
  });
});
