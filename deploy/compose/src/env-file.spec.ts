import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeFilesIn, type ComposeFiles } from './compose-files';
import { makeEnvFile, readEnvFile } from './env-file';

const ROOT = join(__dirname, '..', '..', '..');

let root: string;
let files: ComposeFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));
  files = composeFilesIn(root);
});

afterEach(() => rmSync(root, { recursive: true }));

describe('makeEnvFile', () => {
  it('makes both files once, for their owner only', () => {
    expect(makeEnvFile(files)).toBe(true);
    const made = [files.env, files.vaultPrivateKey].map((file) => readFileSync(file, 'utf8'));
    expect(makeEnvFile(files)).toBe(false);
    expect([files.env, files.vaultPrivateKey].map((file) => readFileSync(file, 'utf8'))).toEqual(made);
    for (const file of [files.env, files.vaultPrivateKey]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("gives the key's file to the user that the gateway's container runs as", () => {
    makeEnvFile(files);
    const { uid, gid } = statSync(files.vaultPrivateKey);
    expect(readEnvFile(files.env).get('GATEHOUSE_CONTAINER_USER')).toBe(`${uid}:${gid}`);
  });

  it('tells services of tokens what proves them', () => {
    makeEnvFile(files);
    const env = readEnvFile(files.env);
    const hash = createHash('sha256')
      .update(String(env.get('GATEHOUSE_OPERATOR_SERVICE_TOKEN')))
      .digest('hex');
    expect(env.get('GATEHOUSE_SERVICE_TOKEN_HASHES')).toContain(`operator=${hash}`);
  });

  it('changes nothing of a file that lacks something, and names what', () => {
    writeFileSync(files.env, 'GATEHOUSE_KEY_PEPPER=abc\n');
    expect(() => makeEnvFile(files)).toThrow(/GATEHOUSE_POSTGRES_PASSWORD.*GATEHOUSE_VAULT_PUBLIC_KEY/);
    expect(readFileSync(files.env, 'utf8')).toBe('GATEHOUSE_KEY_PEPPER=abc\n');
  });

  it('says which of the two files is gone', () => {
    makeEnvFile(files);
    rmSync(files.vaultPrivateKey);
    expect(() => makeEnvFile(files)).toThrow('vault.key is gone');
    writeFileSync(files.vaultPrivateKey, '');
    rmSync(files.env);
    expect(() => makeEnvFile(files)).toThrow('.env is not');
  });
});

describe('docker-compose.yml', () => {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));

  it('requires nothing that the env file has not', () => {
    makeEnvFile(files);
    const made = readEnvFile(files.env);
    expect([...required].filter((name) => !made.has(String(name)))).toEqual([]);
    expect(required.size).toBeGreaterThan(15);
  });

  it('takes every secret from the env file, and none by default', () => {
    const secret = /PASSWORD|TOKEN|PEPPER|_KEY/;
    const defaults = [...text.matchAll(/\$\{(\w+):-/g)].map(([, name]) => String(name));
    expect(defaults.filter((name) => secret.test(name))).toEqual([]);
    const plain = [...text.matchAll(/^ +(\w+): (?!.*\$\{)(.+)$/gm)].map(([, name]) => String(name));
    expect(plain.filter((name) => secret.test(name))).toEqual(['GATEHOUSE_VAULT_PRIVATE_KEY_FILE']);
  });
});
