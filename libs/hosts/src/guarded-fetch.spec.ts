import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guardedFetch } from './guarded-fetch';
import { HostGuard } from './host-guard';
import { HostRefused } from './host-refusal';
import { PrivateHosts } from './private-hosts';

describe('guardedFetch', () => {
  let server: Server;
  let base = '';
  const listed = guardedFetch(new HostGuard(PrivateHosts.parse('127.0.0.1') ?? PrivateHosts.none));

  beforeAll(async () => {
    server = createServer(({ url, method, headers }, response) => {
      if (url === '/large') return void response.end(Buffer.alloc(2 * 1024 * 1024));
      if (url === '/away') return void response.writeHead(302, { location: '/' }).end();
      response.end(JSON.stringify({ url, method, said: headers['x-said'] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('calls what is listed', async () => {
    const answer = await listed(`${base}/keys?of=us`, {
      method: 'POST',
      headers: { 'x-said': 'yes' },
      body: 'a',
    });
    expect(await answer.json()).toEqual({ url: '/keys?of=us', method: 'POST', said: 'yes' });
  });

  it('calls nothing else that is private, by address or by name', async () => {
    const guarded = guardedFetch(new HostGuard(PrivateHosts.none));
    await expect(guarded(base)).rejects.toThrow(HostRefused);
    await expect(guarded(base.replace('127.0.0.1', 'localhost'))).rejects.toThrow();
    await expect(listed('http://169.254.169.254/latest')).rejects.toThrow(HostRefused);
  });

  it('follows no redirect', async () => {
    expect((await listed(`${base}/away`)).status).toBe(302);
  });

  it('reads no more than a mebibyte', async () => {
    await expect(listed(`${base}/large`)).rejects.toThrow();
  });
});
