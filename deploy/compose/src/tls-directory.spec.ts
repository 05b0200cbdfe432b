import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TlsFiles } from '@gatehouse/grpc';
import { IDENTITIES } from '@gatehouse/topology';
import { CA_FILE, CERTIFICATE_FILE, KEY_FILE, KEYSTORE_FILE, makeCertificates } from './tls-directory';

const OWNER = { uid: 1000, gid: 1000 };
const DAY_MS = 86_400_000;
const EVERYBODY = [...IDENTITIES, 'console', 'migrator', 'kafka'];

let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'gatehouse-tls-')), 'tls');
});

afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const make = (now?: Date): Promise<readonly string[]> => makeCertificates(directory, OWNER, now);
const read = (...path: string[]): string => readFileSync(join(directory, ...path), 'utf8');
const certificateOf = (name: string): X509Certificate => new X509Certificate(read(name, CERTIFICATE_FILE));
const everything = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(directory, path)).isFile())
      .map((path) => [path, read(path)]),
  );

describe('makeCertificates', () => {
  it.each(IDENTITIES)('gives %s what a process of its own can use', async (name) => {
    await make();
    const files = { ca: join(directory, name, CA_FILE), own: pathsOf(name) };
    expect(new TlsFiles(files).hasOwn).toBe(true);
    expect(certificateOf(name).subjectAltName).toContain(`URI:spiffe://gatehouse/${name}`);
  });

  it('gives Kafka and the migrator certificates that make nobody of them among services', async () => {
    await make();
    const kafka = new X509Certificate(read('kafka', KEYSTORE_FILE));
    expect([kafka.subject, kafka.checkHost('kafka')]).toEqual(['CN=kafka', 'kafka']);
    expect(kafka.checkPrivateKey(createPrivateKey(read('kafka', KEYSTORE_FILE)))).toBe(true);
    expect(certificateOf('migrator').subject).toBe('CN=migrator');
    for (const certificate of [kafka, certificateOf('migrator')]) {
      expect(certificate.subjectAltName ?? '').not.toContain('URI:');
    }
  });

  it('names a service as others call it, and from the host', async () => {
    await make();
    const registry = certificateOf('registry');
    expect(['registry', 'localhost'].map((host) => registry.checkHost(host))).toEqual([
      'registry',
      'localhost',
    ]);
    expect(registry.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(registry.checkHost('metering')).toBeUndefined();
    expect(certificateOf('operator').checkHost('localhost')).toBeUndefined();
  });

  it('lets nobody else read a key', async () => {
    await make();
    for (const path of ['ca.key', ...IDENTITIES.map((name) => join(name, KEY_FILE))]) {
      expect([path, statSync(join(directory, path)).mode & 0o777]).toEqual([path, 0o600]);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('changes nothing the second time, and needs no key of the authority for that', async () => {
    await make();
    const made = everything();
    renameSync(join(directory, 'ca.key'), join(directory, '..', 'kept-elsewhere'));
    expect(await make()).toEqual([]);
    renameSync(join(directory, '..', 'kept-elsewhere'), join(directory, 'ca.key'));
    expect(everything()).toEqual(made);
  });

  it('renews what nears its end, and signs it with the same authority', async () => {
    await make();
    const before = everything();
    expect(await make(new Date(Date.now() + 300 * DAY_MS))).toEqual([]);
    expect(await make(new Date(Date.now() + 330 * DAY_MS))).toEqual(EVERYBODY);
    expect(read(CA_FILE)).toBe(before[CA_FILE]);
    expect(read('audit', CERTIFICATE_FILE)).not.toBe(before[join('audit', CERTIFICATE_FILE)]);
  });

  it('replaces an authority that ends before what it signs', async () => {
    await make();
    expect(await make(new Date(Date.now() + 19.5 * 365 * DAY_MS))).toEqual(['ca', ...EVERYBODY]);
    expect(read('audit', CA_FILE)).toBe(read(CA_FILE));
  });

  it('completes what an older version, or an interruption, left out', async () => {
    await make();
    rmSync(join(directory, 'audit'), { recursive: true });
    rmSync(join(directory, 'gateway', CERTIFICATE_FILE));
    writeFileSync(join(directory, 'metering', KEY_FILE), read('registry', KEY_FILE));
    writeFileSync(join(directory, 'operator', CERTIFICATE_FILE), '');
    expect([...(await make())].sort()).toEqual(['audit', 'gateway', 'metering', 'operator']);
  });

  it('makes a certificate that does not say who its holder is anew', async () => {
    await make();
    for (const file of [CERTIFICATE_FILE, KEY_FILE]) {
      writeFileSync(join(directory, 'gateway', file), read('registry', file));
    }
    expect(await make()).toEqual(['gateway']);
  });

  it("says that the authority's key is gone where something is to be signed", async () => {
    await make();
    rmSync(join(directory, 'ca.key'));
    rmSync(join(directory, 'audit'), { recursive: true });
    await expect(make()).rejects.toThrow('ca.key is gone');
  });
});

const pathsOf = (name: string): { certificate: string; key: string } => ({
  certificate: join(directory, name, CERTIFICATE_FILE),
  key: join(directory, name, KEY_FILE),
});
