import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { makeAuthority } from '@gatehouse/certificates';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { fixedLookup, rebindingLookup, REFUSED_HOSTS } from '@gatehouse/hosts/testing';
import { ScriptedServer } from '../../testing/scripted-server';
import { UndiciProbes } from './undici-probes';

const loopback = PrivateHosts.parse('127.0.0.0/8') as PrivateHosts;
const nothing = PrivateHosts.parse('') as PrivateHosts;
/** More than a machine under load takes for what does not hang. */
const PATIENT_MS = 60_000;

const probesWith = ({
  hosts = new HostGuard(loopback),
  timeoutMs = PATIENT_MS,
  answerBytesMax = 10_000,
} = {}): UndiciProbes => new UndiciProbes({ hosts, connectTimeoutMs: PATIENT_MS, timeoutMs, answerBytesMax });

/** What a probe that has to fail fails with. */
const failure = (baseUrl: string, probes = probesWith()): Promise<unknown> =>
  probes.get({ baseUrl, path: '/models' }, { authorization: 'Bearer sk-canary' }).then(
    () => 'an answer',
    (error: unknown) => error,
  );

let server: ScriptedServer;
beforeEach(async () => void (server = await new ScriptedServer().start()));
afterEach(() => server.stop());

describe('a probe', () => {
  it('asks what it was told to, and answers what was said', async () => {
    server.answerJson(418, { data: [] }, { 'x-a': 'b' });
    const target = { baseUrl: `${server.origin}/v1`, path: '/models?limit=1' };
    const answer = await probesWith().get(target, { 'x-api-key': 'k' });
    expect(answer).toMatchObject({ status: 418, headers: { 'x-a': 'b' } });
    expect(answer.body.toString()).toBe('{"data":[]}');
    expect(server.seen).toMatchObject([
      {
        method: 'GET',
        url: '/v1/models?limit=1',
        headers: { 'x-api-key': 'k', 'accept-encoding': 'identity' },
      },
    ]);
  });

  it('follows nobody elsewhere', async () => {
    const elsewhere = await new ScriptedServer().start();
    server.answerJson(302, {}, { location: `${elsewhere.origin}/models` });
    const answer = await probesWith().get({ baseUrl: server.origin, path: '/models' }, {});
    expect(answer.status).toBe(302);
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.stop();
  });

  it('ends with an answer that has no end, however slowly it comes', async () => {
    server.answer = (_request, response) => {
      const writing = setInterval(() => response.write('{'), 20);
      response.on('close', () => clearInterval(writing));
    };
    expect(await failure(server.origin, probesWith({ timeoutMs: 300 }))).toMatchObject({
      outcome: 'timeout',
    });
    server.answer = (_request, response) => {
      const writing = setInterval(() => response.write('['.repeat(4_096)), 1);
      response.on('close', () => clearInterval(writing));
    };
    expect(await failure(server.origin)).toMatchObject({ outcome: 'answer-not-understood' });
  });

  it('ends with who says nothing', async () => {
    server.answer = () => undefined;
    expect(await failure(server.origin, probesWith({ timeoutMs: 200 }))).toMatchObject({
      outcome: 'timeout',
    });
  });

  it('tells who is not there from who does not speak HTTP', async () => {
    const { origin } = server;
    await server.stop();
    expect(await failure(origin)).toMatchObject({ outcome: 'unreachable' });
    const strange = createServer((socket) => void socket.end('220 mail.example ESMTP sk-canary\r\n'));
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
    const { port } = strange.address() as AddressInfo;
    expect(await failure(`http://127.0.0.1:${port}`)).toMatchObject({ outcome: 'answer-not-understood' });
    strange.close();
    server = await new ScriptedServer().start();
  });

  it('believes no certificate that nobody signed, and no plain text in the place of TLS', async () => {
    const { certificate, key } = await makeAuthority('stranger', {
      from: new Date(Date.now() - 60_000),
      days: 1,
    });
    const stranger = await new ScriptedServer({ cert: certificate, key }).start();
    expect(await failure(stranger.origin)).toMatchObject({ outcome: 'tls-failed' });
    expect(stranger.seen).toEqual([]);
    await stranger.stop();
    expect(await failure(server.origin.replace('http:', 'https:'))).toMatchObject({ outcome: 'tls-failed' });
  });

  it('goes to no host that may not be called, whatever its name is by then', async () => {
    const guarded = probesWith({ hosts: new HostGuard(nothing, fixedLookup(['10.0.0.1'])) });
    for (const { url, addresses, refusal } of REFUSED_HOSTS) {
      const probes = addresses
        ? probesWith({ hosts: new HostGuard(nothing, fixedLookup(addresses)) })
        : guarded;
      expect([url, await failure(url, probes)]).toMatchObject([
        url,
        { outcome: 'host-refused', detail: refusal },
      ]);
    }
    const rebinding = probesWith({ hosts: new HostGuard(nothing, rebindingLookup([['127.0.0.1']])) });
    const { port } = new URL(server.origin);
    expect(await failure(`https://models.example:${port}`, rebinding)).toMatchObject({
      outcome: 'host-refused',
      detail: 'private',
    });
    expect(server.seen).toEqual([]);
  });

  it('quotes nothing of what it sent or heard', async () => {
    const { origin } = server;
    await server.stop();
    const told = await failure(`${origin}/sk-canary`);
    expect(JSON.stringify([told, String(told), (told as Error).stack])).not.toContain('canary');
    server = await new ScriptedServer().start();
  });
});
