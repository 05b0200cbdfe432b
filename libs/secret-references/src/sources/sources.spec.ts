import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '@gatehouse/kernel';
import { RoutedTransport, TokenServer } from '@gatehouse/provider-auth/testing';
import { AwsSecrets } from './aws-secrets';
import { EnvironmentSecrets } from './environment-secrets';
import { FileSecrets } from './file-secrets';
import { HashicorpVaultSecrets } from './hashicorp-vault-secrets';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const NOT_FOUND = { code: 'REFUSED', reason: 'SECRET_NOT_FOUND' };
const NOT_GRANTED = { code: 'FORBIDDEN', reason: 'SECRET_NOT_GRANTED' };
const UNAVAILABLE = { code: 'UNAVAILABLE', reason: 'SECRET_MANAGER_UNAVAILABLE' };
const UNUSABLE = { code: 'REFUSED', reason: 'SECRET_UNUSABLE' };

describe('the environment', () => {
  const source = new EnvironmentSecrets({
    OPENAI_KEY: 'sk-1',
    GATEHOUSE_SERVICE_TOKEN: 't',
    GATEHOUSE_DATABASE_URL: 'postgres://',
    DATABASE_URL: 'postgres://',
    PGPASSWORD: 'p',
    NODE_OPTIONS: '',
  });
  const read = (variable: string) => source.read({ kind: 'environment', variable });

  test('has what it has', async () => {
    expect(await read('OPENAI_KEY')).toBe('sk-1');
    await expect(read('ANTHROPIC_KEY')).rejects.toMatchObject(NOT_FOUND);
    await expect(read('toString')).rejects.toMatchObject(NOT_FOUND);
  });

  test.each([
    'GATEHOUSE_SERVICE_TOKEN',
    'GATEHOUSE_DATABASE_URL',
    'DATABASE_URL',
    'PGPASSWORD',
    'NODE_OPTIONS',
  ])('keeps %s to itself', (variable) => expect(read(variable)).rejects.toMatchObject(NOT_GRANTED));
});

describe('files', () => {
  const read = (path: string, ours: readonly string[] = []) =>
    new FileSecrets(ours).read({ kind: 'file', path });
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  test('lose the line break at their end, and nothing else', async () => {
    expect(await read(write('key', 'sk-1\n'))).toBe('sk-1');
    expect(await read(write('key', 'sk-1\r\n'))).toBe('sk-1');
    expect(await read(write('key', ' sk-1\n\n'))).toBe(' sk-1\n');
  });

  test('are not there, are directories, are too large', async () => {
    await expect(read(join(directory, 'none'))).rejects.toMatchObject(NOT_FOUND);
    await expect(read(directory)).rejects.toMatchObject(UNUSABLE);
    await expect(read(write('large', 'x'.repeat(64 * 1024 + 1)))).rejects.toMatchObject(UNUSABLE);
  });

  test('of our own are nobody’s, by whatever name', async () => {
    mkdirSync(join(directory, 'ours'));
    const key = write('ours/vault.key', 'secret');
    const link = join(directory, 'innocent');
    symlinkSync(key, link);
    const linkedDirectory = join(directory, 'also-innocent');
    symlinkSync(join(directory, 'ours'), linkedDirectory);
    for (const path of [key, link, join(linkedDirectory, 'vault.key')]) {
      await expect(read(path, [join(directory, 'ours')])).rejects.toMatchObject(NOT_GRANTED);
      await expect(read(path, [linkedDirectory])).rejects.toMatchObject(NOT_GRANTED);
      await expect(read(path, [key])).rejects.toMatchObject(NOT_GRANTED);
      expect(await read(path, [join(directory, 'our')])).toBe('secret');
    }
  });

  test.each(['/proc/self/environ', '/proc/1/environ', '/dev/zero', '/sys/kernel/notes'])(
    'of the kernel are nobody’s: %s',
    (path) => expect(read(path)).rejects.toMatchObject({ reason: /SECRET_NOT_(GRANTED|FOUND)/ }),
  );
});

describe('over HTTP', () => {
  let server: TokenServer;
  let transport: RoutedTransport;
  beforeEach(async () => {
    server = await TokenServer.start();
    transport = new RoutedTransport({
      'https://vault.example:8200': server.origin,
      'https://secretsmanager.eu-central-1.amazonaws.com': server.origin,
    });
  });
  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  describe('HashiCorp Vault', () => {
    const locator = { kind: 'hashicorp-vault', mount: 'secret', path: 'team-a/openai' } as const;
    const read = (namespace?: string) => {
      const tokenFile = join(directory, 'token');
      writeFileSync(tokenFile, 'hvs.token\n');
      const options = { address: 'https://vault.example:8200', tokenFile, ...(namespace && { namespace }) };
      return new HashicorpVaultSecrets(options, transport).read(locator);
    };

    test('is asked as it documents', async () => {
      server.answer = () => ({
        status: 200,
        body: { data: { data: { key: 'sk-1' }, metadata: { version: 3 } } },
      });
      expect(await read('team')).toBe('{"key":"sk-1"}');
      expect(server.last).toMatchObject({
        method: 'GET',
        path: '/v1/secret/data/team-a/openai',
        headers: { 'x-vault-token': 'hvs.token', 'x-vault-namespace': 'team' },
      });
    });

    test.each([
      ['permission denied', { status: 403, body: { errors: ['permission denied'] } }, NOT_FOUND],
      ['nothing', { status: 404, body: { errors: [] } }, NOT_FOUND],
      ['a deleted version', { status: 404, body: { data: { data: null, metadata: {} } } }, NOT_FOUND],
      ['sealed', { status: 503, body: { errors: ['Vault is sealed'] } }, UNAVAILABLE],
      ['a redirect', { status: 307, headers: { location: 'http://169.254.169.254/' } }, UNAVAILABLE],
      ['a page', { status: 200, body: '<html>' }, UNAVAILABLE],
      ['the engine of version 1', { status: 200, body: { data: { key: 'sk-1' } } }, UNAVAILABLE],
    ])('answers %s', async (_what, answered, expected) => {
      server.answer = () => answered;
      await expect(read()).rejects.toMatchObject(expected);
    });

    test('does not answer', async () => {
      server.answer = () => 'break';
      await expect(read()).rejects.toMatchObject(UNAVAILABLE);
    });
  });

  describe('AWS Secrets Manager', () => {
    const locator = { kind: 'aws-secrets-manager', region: 'eu-central-1', name: 'team-a/openai' } as const;
    const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 's', sessionToken: 'session' };
    const read = (gatewayKeys = () => Promise.resolve(keys)) =>
      new AwsSecrets({ gatewayKeys }, transport, new FixedClock(new Date('2026-01-02T03:04:05Z'))).read(
        locator,
      );

    test('is asked as it documents, as the gateway’s role', async () => {
      server.answer = () => ({
        status: 200,
        body: { Name: 'team-a/openai', SecretString: '{"key":"sk-1"}' },
      });
      expect(await read()).toBe('{"key":"sk-1"}');
      expect(JSON.parse(server.last.body)).toEqual({ SecretId: 'team-a/openai' });
      expect(server.last.headers).toMatchObject({
        'x-amz-target': 'secretsmanager.GetSecretValue',
        'x-amz-security-token': 'session',
        authorization: expect.stringContaining('/20260102/eu-central-1/secretsmanager/aws4_request'),
      });
    });

    test.each([
      ['ResourceNotFoundException', NOT_FOUND],
      ['AccessDeniedException', NOT_FOUND],
      ['com.amazonaws.secretsmanager#ResourceNotFoundException', NOT_FOUND],
      ['ThrottlingException', UNAVAILABLE],
      ['ExpiredTokenException', UNAVAILABLE],
    ])('answers %s', async (code, expected) => {
      server.answer = () => ({ status: 400, body: { __type: code, Message: 'sk-1' } });
      await expect(read()).rejects.toMatchObject(expected);
    });

    test('has bytes, a page, no keys for us', async () => {
      server.answer = () => ({ status: 200, body: { SecretBinary: 'AAA=' } });
      await expect(read()).rejects.toMatchObject(UNUSABLE);
      server.answer = () => ({ status: 200, body: '<html>' });
      await expect(read()).rejects.toMatchObject(UNAVAILABLE);
      await expect(read(() => Promise.reject(new Error('none')))).rejects.toMatchObject(UNAVAILABLE);
    });
  });
});
