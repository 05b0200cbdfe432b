import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';
import { isGrpcServing, isHttpOk, isListening } from './index';

const DEADLINE_MS = 4_000;
/** For what answers too late on purpose. */
const SOON_MS = 100;

const serve = async (
  statuses: ServingStatusMap,
  credentials = ServerCredentials.createInsecure(),
): Promise<{ address: string; server: Server }> => {
  const server = new Server();
  new HealthImplementation(statuses).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return { address: `127.0.0.1:${port}`, server };
};

/** Takes connections and says nothing, until the work is done. */
const withMuteServer = async (work: (address: string) => Promise<void>): Promise<void> => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  server.on('connection', (socket) => socket.on('error', () => undefined).resume());
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
};

describe('isGrpcServing', () => {
  it.each([
    ['SERVING', true],
    ['NOT_SERVING', false],
  ] as const)('reads %s from a real gRPC server', async (status, serving) => {
    const { address, server } = await serve({ '': status });
    try {
      expect(await isGrpcServing(address, DEADLINE_MS)).toBe(serving);
    } finally {
      server.forceShutdown();
    }
  });

  it('asks over TLS, and shows a certificate where one is demanded', async () => {
    const validity = { from: new Date(Date.now() - 60_000), days: 1 };
    const authority = await makeAuthority('test', validity);
    const { certificate, key } = await makeCertificate(
      authority,
      { name: 'a', hosts: ['127.0.0.1'] },
      validity,
    );
    const [ca, cert] = [authority.certificate, certificate];
    const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
    const credentials = ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
    const { address, server } = await serve({ '': 'SERVING' }, credentials);
    try {
      expect(await isGrpcServing(address, DEADLINE_MS, { ca, cert, key })).toBe(true);
      expect(await isGrpcServing(address, DEADLINE_MS, { ca })).toBe(false);
      expect(await isGrpcServing(address, DEADLINE_MS, { cert, key })).toBe(false);
      expect(await isGrpcServing(address, DEADLINE_MS)).toBe(false);
    } finally {
      server.forceShutdown();
    }
  });

  it('waits no longer for a server that answers byte by byte', async () => {
    const server = createHttp2Server((_request, response) => {
      const more = setInterval(() => response.write('x'), SOON_MS / 2);
      response.on('close', () => clearInterval(more));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isGrpcServing(`127.0.0.1:${port}`, SOON_MS)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });

  it('takes a closed port for not ready', async () => {
    const { address, server } = await serve({ '': 'SERVING' });
    server.forceShutdown();
    expect(await isGrpcServing(address, DEADLINE_MS)).toBe(false);
    expect(await isListening(address, DEADLINE_MS)).toBe(false);
  });

  it('does not wait for ever', async () => {
    await withMuteServer(async (address) => {
      expect(await isGrpcServing(address, SOON_MS)).toBe(false);
      expect(await isHttpOk(`http://${address}/`, SOON_MS)).toBe(false);
      expect(await isListening(address, DEADLINE_MS)).toBe(true);
    });
  });
});

describe('isHttpOk', () => {
  it.each([
    [200, true],
    [503, false],
  ])('reads %i', async (status, ok) => {
    const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await isHttpOk(`http://127.0.0.1:${port}/`, DEADLINE_MS)).toBe(ok);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
