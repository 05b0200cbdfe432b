import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostGuard, HostRefused, PrivateHosts } from '@gatehouse/hosts';
import { fixedLookup, rebindingLookup, REFUSED_HOSTS } from '@gatehouse/hosts/testing';
import type { UpstreamFailure } from '../../app/gateway.ports';
import { SocketUpstream } from './socket-upstream';

/** What a call came to: the status of its answer, or why there was none. */
type Outcome = { readonly status: number } | { readonly failure: UpstreamFailure; readonly sent: boolean };

const upstreams: SocketUpstream[] = [];
const upstreamWith = (hosts: HostGuard): SocketUpstream => {
  const upstream = new SocketUpstream({
    hosts,
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 10_000,
    headers: ['content-type'],
    idleTimeoutMs: 10_000,
    connectionsMax: 4,
  });
  upstreams.push(upstream);
  return upstream;
};

const call = (upstream: SocketUpstream, baseUrl: string): Promise<Outcome> =>
  new Promise((resolve) => {
    let sent = false;
    let status = 0;
    upstream.send(
      { baseUrl, path: '/chat/completions', headers: {}, body: Buffer.from('{}') },
      {
        onSent: () => (sent = true),
        onHead: (answered) => (status = answered),
        onData: () => undefined,
        onEnd: () => resolve({ status }),
        onFailed: (failure) => resolve({ failure, sent }),
      },
    );
  });

const listing = (list: string): PrivateHosts => {
  const hosts = PrivateHosts.parse(list);
  if (hosts === undefined) throw new Error(`cannot be parsed: ${list}`);
  return hosts;
};

describe('an upstream', () => {
  /** On this machine: whoever is not refused reaches it. */
  let server: Server;
  let port: number;
  let connections = 0;
  const urls: string[] = [];
  let redirect: { readonly status: number; readonly location: string } | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      urls.push(request.url ?? '');
      if (redirect !== undefined) response.setHeader('location', redirect.location);
      // So that every call opens a connection.
      response.writeHead(redirect?.status ?? 200, { connection: 'close' });
      response.end('{}');
    });
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    for (const upstream of upstreams.splice(0)) upstream.close();
    connections = 0;
    urls.length = 0;
    redirect = undefined;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  describe('refuses', () => {
    afterEach(() => expect(connections).toBe(0));

    it.each(REFUSED_HOSTS)('$what: $url $addresses', async ({ url, refusal, addresses }) => {
      const upstream = upstreamWith(new HostGuard(PrivateHosts.none, fixedLookup(addresses)));
      const outcome = { failure: expect.objectContaining({ refusal }), sent: false };
      expect(await call(upstream, url)).toEqual(outcome);
      expect(await call(upstream, url)).toEqual(outcome);
    });

    it.each([
      ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0.0.0.0', '0', '127.0.0.1.'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', 'localhost'],
    ])('a server of this machine, as %s', async (host) => {
      const upstream = upstreamWith(new HostGuard(PrivateHosts.none));
      for (const scheme of ['http', 'https']) {
        expect(await call(upstream, `${scheme}://${host}:${port}/v1`)).toEqual({
          failure: expect.any(HostRefused),
          sent: false,
        });
      }
    });

    it('a name that leads here once it was judged', async () => {
      const lookup = rebindingLookup([['93.184.215.14'], ['127.0.0.1']]);
      const hosts = new HostGuard(PrivateHosts.none, lookup);
      const url = `https://rebinding.example.com:${port}/v1`;
      expect(await hosts.resolve(new URL(url))).toBeUndefined();
      expect(await call(upstreamWith(hosts), url)).toEqual({
        failure: expect.objectContaining({ refusal: 'private' }),
        sent: false,
      });
    });
  });

  it('judges every connection that it opens, not the first alone', async () => {
    const lookup = rebindingLookup([['127.0.0.1'], ['127.0.0.1'], ['169.254.169.254']]);
    const upstream = upstreamWith(new HostGuard(listing('gpu.example.com'), lookup));
    const url = `http://gpu.example.com:${port}/v1`;
    expect(await call(upstream, url)).toEqual({ status: 200 });
    expect(await call(upstream, url)).toEqual({ status: 200 });
    expect(await call(upstream, url)).toEqual({
      failure: expect.objectContaining({ refusal: 'metadata' }),
      sent: false,
    });
    expect(connections).toBe(2);
  });

  it.each([
    ['127.0.0.0/8', '127.0.0.1'],
    ['127.0.0.0/8', '127.1'],
    ['127.0.0.0/8, ::1', 'localhost'],
    ['::1', '[::1]'],
    ['localhost', 'localhost'],
  ])('reaches a server of this machine where %s is listed, as %s', async (list, host) => {
    const upstream = upstreamWith(new HostGuard(listing(list)));
    expect(await call(upstream, `http://${host}:${port}/v1`)).toEqual({ status: 200 });
    expect(urls).toEqual(['/v1/chat/completions']);
  });

  it.each([301, 302, 303, 307, 308])('answers a redirect (%d) and does not follow it', async (status) => {
    redirect = { status, location: `http://127.0.0.1:${port}/elsewhere` };
    const upstream = upstreamWith(new HostGuard(listing('127.0.0.0/8')));
    expect(await call(upstream, `http://127.0.0.1:${port}/v1`)).toEqual({ status });
    expect(urls).toEqual(['/v1/chat/completions']);
  });

  it('tells a name that does not resolve from one that is refused', async () => {
    const upstream = upstreamWith(new HostGuard(PrivateHosts.none, fixedLookup()));
    expect(await call(upstream, 'https://gpu.example.com')).toEqual({ failure: 'unreachable', sent: false });
  });
});
