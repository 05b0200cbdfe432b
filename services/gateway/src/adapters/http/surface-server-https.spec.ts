import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as ask } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { connect as connectSecurely } from 'node:tls';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { HttpsCertificate } from '@gatehouse/config';
import { SystemClock } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { SurfaceServer } from './surface-server';

const HEAD_DEADLINE_MS = 400;
const VALIDITY = { from: new Date(Date.now() - 60_000), days: 2 };

describe('over HTTPS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-https-'));
  const [certificateFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  const faults: string[] = [];
  let authority: CertifiedKey;
  let server: SurfaceServer<undefined>;
  let port: number;

  const renew = async (name: string): Promise<void> => {
    const made = await makeCertificate(authority, { name, hosts: ['127.0.0.1'] }, VALIDITY);
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    writeFileSync(certificateFile, made.certificate);
  };
  const get = async (path: string): Promise<string> => {
    const agent = new Agent({ ca: authority.certificate });
    const asked = ask({ host: '127.0.0.1', port, path, agent }).end();
    const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
    const text = await readAll(answer);
    agent.destroy();
    return `${answer.statusCode} ${text}`;
  };
  /** Whose certificate is shown. */
  const shown = async (): Promise<string> => {
    const socket = connectSecurely({ host: '127.0.0.1', port, ca: authority.certificate });
    await once(socket, 'secureConnect');
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.destroy();
    return name;
  };

  const openConnections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));

  beforeAll(async () => {
    authority = await makeAuthority('spec', VALIDITY);
    await renew('first');
    const config = { GATEHOUSE_HTTPS_CERT_FILE: certificateFile, GATEHOUSE_HTTPS_KEY_FILE: keyFile };
    server = new SurfaceServer(
      {
        sayOf: () => undefined,
        take: () => undefined,
        headDeadlineMs: HEAD_DEADLINE_MS,
        keepAliveMs: 5_000,
        look: () => undefined,
        clock: new SystemClock(),
        certificate: HttpsCertificate.in(config, ({ message }) => faults.push(message), 20),
        node: {},
      },
      (request, response) => response.end(`${request.method} ${request.url}`),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('answers', async () => {
    expect(await get('/v1/models')).toBe('200 GET /v1/models');
  });

  it('speaks nothing else, and waits for nobody who says nothing', async () => {
    for (const said of ['GET / HTTP/1.1\r\nhost: here\r\n\r\n', '']) {
      const socket = connect(port, '127.0.0.1');
      let heard = '';
      socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
      socket.on('error', () => undefined);
      if (said !== '') socket.write(said);
      await once(socket, 'close');
      expect(heard).not.toContain('HTTP/1.1');
    }
  });

  it('shows what the files say now, and goes on with what they said while they are unusable', async () => {
    expect(await shown()).toBe('first');
    writeFileSync(certificateFile, 'no certificate');
    await eventually(() => expect(faults).toHaveLength(1));
    expect(await shown()).toBe('first');
    await renew('second');
    await eventually(async () => expect(await shown()).toBe('second'));
    expect(await get('/')).toBe('200 GET /');
  });

  it('refuses files that everybody may read, and a key of another certificate', async () => {
    const other = join(directory, 'other.key');
    writeFileSync(other, authority.key, { mode: 0o600 });
    const of = (key: string) =>
      HttpsCertificate.in(
        { GATEHOUSE_HTTPS_CERT_FILE: certificateFile, GATEHOUSE_HTTPS_KEY_FILE: key },
        () => undefined,
      );
    expect(() => of(other)).toThrow();
    const open = join(directory, 'open.key');
    writeFileSync(open, authority.key, { mode: 0o644 });
    expect(() => of(open)).toThrow('must not be open to everybody');
    expect(HttpsCertificate.in({}, () => undefined)).toBeUndefined();
  });

  it('ends connections that are not secured yet when all are ended', async () => {
    await eventually(async () => expect(await openConnections()).toBe(0));
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await eventually(async () => expect(await openConnections()).toBe(1));
    server.closeAllConnections();
    await once(socket, 'close');
    await eventually(async () => expect(await openConnections()).toBe(0));
  });
});
