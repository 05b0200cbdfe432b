import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as askSecurely } from 'node:https';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';
import { makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { type LoadedConsole, openDoorway, type RunningConsole } from './doorway';

const freeAddress = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });

let running: RunningConsole;
let loads: number;
let closed: number;
let fault: Error | undefined;

const load = async (): Promise<LoadedConsole> => {
  loads++;
  if (fault) throw fault;
  return {
    answer: (_request, response) => void response.end('loaded'),
    close: async () => void closed++,
  };
};

const open = async (page = '/nowhere'): Promise<RunningConsole> =>
  openDoorway({ GATEHOUSE_HTTP_LISTEN: await freeAddress() }, load, { pageDirectory: page });

beforeEach(async () => {
  [loads, closed, fault] = [0, 0, undefined];
  running = await open();
});
afterEach(() => running.stop());

it.each(['/readyz', '/healthz'])('answers %s, and loads nothing', async (path) => {
  expect((await fetch(`${running.url}${path}`)).status).toBe(200);
  expect(loads).toBe(0);
});

it('loads once, with the first request, and closes what it loaded', async () => {
  const answers = await Promise.all(
    ['/a', '/b'].map(async (path) => (await fetch(`${running.url}${path}`)).text()),
  );
  expect([answers, loads]).toEqual([['loaded', 'loaded'], 1]);
  await running.stop().catch(() => undefined);
  expect(closed).toBe(1);
  running = await open();
});

it('says that it is unavailable where that fails, and tries again', async () => {
  fault = new Error('not now');
  const refused = await fetch(running.url);
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { success: false, data: { errorCode: 'AB04' } },
  ]);
  fault = undefined;
  expect(await (await fetch(running.url)).text()).toBe('loaded');
});

it('gives each answer an id of its own', async () => {
  const ids = await Promise.all(
    [1, 2].map(async () => (await fetch(running.url)).headers.get('x-portkey-request-id')),
  );
  expect(new Set(ids).size).toBe(2);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
});

it('waits for a request as long as it may come, and however long for its answer', async () => {
  const slow = async (): Promise<LoadedConsole> => ({
    answer: (request, response) => {
      request.on('error', () => undefined).resume();
      request.on('end', () => void sleep(1_500).then(() => response.end('all of it was there')));
    },
    close: () => Promise.resolve(),
  });
  const listen = await freeAddress();
  const waiting = await openDoorway({ GATEHOUSE_HTTP_LISTEN: listen }, slow, { requestWithinMs: 500 });
  const cut = connect(Number(listen.split(':')[1]), '127.0.0.1');
  cut.write('POST /v1/integrations HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{');
  const whole = await fetch(`${waiting.url}/v1/integrations`, { method: 'POST', body: '{}' });
  expect(await whole.text()).toBe('all of it was there');
  expect(String(cut.read())).toMatch(/^HTTP\/1\.1 408 /);
  cut.destroy();
  await waiting.stop();
});

describe('with a page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
  const HTML = '<!doctype html><title>Gatehouse</title>';
  const SCRIPT = 'console.log("a page");';
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), HTML);
  writeFileSync(join(directory, 'assets', 'index-abc.js'), SCRIPT);
  writeFileSync(join(directory, 'assets', 'index-abc.js.br'), brotliCompressSync(SCRIPT));
  afterAll(() => rmSync(directory, { recursive: true }));

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${running.url}${path}`, { headers });
  const asBrowser = (path: string): Promise<Response> => get(path, { accept: 'text/html,*/*;q=0.8' });

  beforeEach(async () => {
    await running.stop();
    running = await open(directory);
  });

  it.each(['/', '/index.html', '/integrations?tab=all', '/integrations/some.name', '/v1x'])(
    'serves it to a browser at %s, and loads nothing',
    async (path) => {
      const answer = await asBrowser(path);
      expect([answer.status, await answer.text(), loads]).toEqual([200, HTML, 0]);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    },
  );

  it.each(['/v1', '/v1/integrations', '/session', '/session/ways', '//session', '/v1?x=1'])(
    'is not at %s',
    async (path) => {
      const answer = await asBrowser(path);
      expect([await answer.text(), answer.headers.get('cache-control')]).toEqual(['loaded', 'no-store']);
    },
  );

  it.each(['/assets/gone-abc.js', '/%2e%2e/package.json', '/..%2fpackage.json', '/%'])(
    'has nothing at %s for who wants no HTML',
    async (path) => {
      expect(await (await get(path)).text()).toBe('loaded');
    },
  );

  it('sends what is compressed to who takes it, for ever', async () => {
    for (const encoding of ['br', 'identity']) {
      const answer = await get('/assets/index-abc.js', { 'accept-encoding': encoding });
      expect(await answer.text()).toBe(SCRIPT);
      expect(answer.headers.get('content-encoding')).toBe(encoding === 'br' ? 'br' : null);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
    }
  });

  it.each(['/', '/assets/index-abc.js', '/v1/integrations', '/session', '/readyz'])(
    'is in no frame and runs nothing of others: %s',
    async (path) => {
      const { headers } = await asBrowser(path);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain(
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
    },
  );

  it('takes nothing but reading', async () => {
    const answer = await fetch(`${running.url}/`, { method: 'POST', headers: { accept: 'text/html' } });
    expect(await answer.text()).toBe('loaded');
  });
});

it('speaks HTTPS where a certificate is configured', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-https-'));
  const validity = { from: new Date(Date.now() - 60_000), days: 2 };
  const authority = await makeAuthority('spec', validity);
  const made = await makeCertificate(authority, { name: 'console', hosts: ['127.0.0.1'] }, validity);
  const [certificate, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  writeFileSync(certificate, made.certificate);
  writeFileSync(key, made.key, { mode: 0o600 });
  await running.stop();
  const address = await freeAddress();
  const files = { GATEHOUSE_HTTPS_CERT_FILE: certificate, GATEHOUSE_HTTPS_KEY_FILE: key };
  running = await openDoorway({ GATEHOUSE_HTTP_LISTEN: address, ...files }, load);
  expect(running.url).toBe(`https://${address}`);
  const status = await new Promise((resolve, reject) => {
    const options = { ca: authority.certificate, agent: false };
    askSecurely(`${running.url}/readyz`, options, ({ statusCode }) => resolve(statusCode))
      .once('error', reject)
      .end();
  });
  expect(status).toBe(200);
  rmSync(directory, { recursive: true });
});
