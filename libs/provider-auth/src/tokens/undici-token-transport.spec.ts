import { TokenServer } from '../testing/token-server';
import { UndiciTokenTransport } from './undici-token-transport';

let server: TokenServer;
let transport: UndiciTokenTransport;
beforeEach(async () => {
  server = await TokenServer.start();
  transport = new UndiciTokenTransport({ connectTimeoutMs: 5_000, timeoutMs: 10_000 });
});
afterEach(async () => {
  await transport.close();
  await server.stop();
});

describe('the transport to issuers of tokens', () => {
  test('carries method, path, query, headers and body, and the answer back', async () => {
    server.answer = () => ({ status: 201, body: 'ü' });
    const url = `${server.origin}/a%2Fb?c=d%20e`;
    const sent = { method: 'POST', url, headers: { 'x-a': 'b' }, body: 'f=g' } as const;
    expect(await transport.send(sent)).toEqual({ status: 201, body: 'ü' });
    expect(server.last).toMatchObject({ method: 'POST', path: '/a%2Fb?c=d%20e', body: 'f=g' });
    expect(server.last.headers['x-a']).toBe('b');
  });

  test('answers a redirect as it is', async () => {
    server.answer = () => ({ status: 307, headers: { location: `${server.origin}/b` }, body: '' });
    const answer = await transport.send({ method: 'GET', url: `${server.origin}/a`, headers: {} });
    expect(answer.status).toBe(307);
    expect(server.asked.map(({ path }) => path)).toEqual(['/a']);
  });

  test('reads no answer that has no end', async () => {
    server.answer = () => ({ status: 200, body: 'x'.repeat(300_000) });
    await expect(transport.send({ method: 'GET', url: server.origin, headers: {} })).rejects.toThrow();
  });

  test('waits for its time and no longer', async () => {
    const hasty = new UndiciTokenTransport({ connectTimeoutMs: 5_000, timeoutMs: 50 });
    server.answer = () => 'hang';
    await expect(hasty.send({ method: 'GET', url: server.origin, headers: {} })).rejects.toThrow();
    await hasty.close();
  });
});
