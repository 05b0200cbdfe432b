import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeyOf } from '@gatehouse/sealing';
import { ensureSecrets, tokenHashes } from './secrets';

let directory: string;
let path: string;
let vaultPath: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
  path = join(directory, 'secrets.json');
  vaultPath = join(directory, 'vault.key');
});

afterEach(() => rmSync(directory, { recursive: true }));

describe('ensureSecrets', () => {
  it('makes them once, for their owner only', () => {
    const made = ensureSecrets(path, vaultPath);
    expect(ensureSecrets(path, vaultPath)).toEqual(made);
    for (const file of [path, vaultPath]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('names the public half of the private key', () => {
    const { vaultPublicKey } = ensureSecrets(path, vaultPath);
    const privateKey = Buffer.from(readFileSync(vaultPath, 'utf8'), 'base64');
    expect(publicKeyOf(privateKey).toString('base64')).toBe(vaultPublicKey);
  });

  it('survives an end between the two files', () => {
    ensureSecrets(path, vaultPath);
    rmSync(path);
    const again = ensureSecrets(path, vaultPath);
    const privateKey = Buffer.from(readFileSync(vaultPath, 'utf8'), 'base64');
    expect(publicKeyOf(privateKey).toString('base64')).toBe(again.vaultPublicKey);
  });

  it('adds what an older version did not have, and changes nothing else', () => {
    const made = ensureSecrets(path, vaultPath);
    const { installationSecret: _, ...older } = made;
    const { audit: __, ...serviceTokens } = made.serviceTokens;
    writeFileSync(path, JSON.stringify({ ...older, serviceTokens }));
    const completed = ensureSecrets(path, vaultPath);
    expect(Object.keys(completed).sort()).toEqual(Object.keys(made).sort());
    expect(completed).toMatchObject({ ...older, serviceTokens });
    expect(completed.serviceTokens.audit).toMatch(/^[\w-]{43}$/);
    expect(ensureSecrets(path, vaultPath)).toEqual(completed);
  });

  it('says what is lost when the private key is gone', () => {
    ensureSecrets(path, vaultPath);
    rmSync(vaultPath);
    expect(() => ensureSecrets(path, vaultPath)).toThrow('no stored credential can be opened');
  });
});

describe('tokenHashes', () => {
  it('tells of tokens what proves them, not what they are', () => {
    const secrets = ensureSecrets(path, vaultPath);
    const { operator } = secrets.serviceTokens;
    expect(tokenHashes(secrets)).toContain(`operator=${createHash('sha256').update(operator).digest('hex')}`);
    expect(tokenHashes(secrets)).not.toContain(operator);
  });
});
