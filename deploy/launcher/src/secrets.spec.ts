import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSecrets, operatorToken, tokenHashes } from './secrets';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
  path = join(directory, 'secrets.json');
});

afterEach(() => rmSync(directory, { recursive: true }));

describe('ensureSecrets', () => {
  it('makes them once, for their owner only', () => {
    const made = ensureSecrets(path);
    expect(ensureSecrets(path)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('adds what an older version did not have, and changes nothing else', () => {
    const made = ensureSecrets(path);
    const { installationSecret: _, ...older } = made;
    const { audit: __, ...serviceTokens } = made.serviceTokens;
    writeFileSync(path, JSON.stringify({ ...older, serviceTokens }));
    const completed = ensureSecrets(path);
    expect(Object.keys(completed).sort()).toEqual(Object.keys(made).sort());
    expect(completed).toMatchObject({ ...older, serviceTokens });
    expect(completed.serviceTokens.audit).toMatch(/^[\w-]{43}$/);
    expect(ensureSecrets(path)).toEqual(completed);
  });
});

describe('a token that is being changed', () => {
  it('is shown as the newest, and both are known', () => {
    const made = ensureSecrets(path);
    const before = made.serviceTokens.operator;
    const secrets = {
      ...made,
      serviceTokens: { ...made.serviceTokens, operator: `newest, ${before}` },
    };
    expect(operatorToken(secrets)).toBe('newest');
    expect(tokenHashes(secrets)).toContain(
      tokenHashes(made)
        .split(',')
        .find((one) => one.startsWith('operator=')),
    );
  });
});

describe('tokenHashes', () => {
  it('tells of tokens what proves them, not what they are', () => {
    const secrets = ensureSecrets(path);
    const { operator } = secrets.serviceTokens;
    expect(tokenHashes(secrets)).toContain(`operator=${createHash('sha256').update(operator).digest('hex')}`);
    expect(tokenHashes(secrets)).not.toContain(operator);
  });
});
