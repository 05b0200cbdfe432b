import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '@gatehouse/kernel';
import { ProcessSeal } from '@gatehouse/sealing';
import { LentIdentities, type LentIdentitiesOptions } from './index';
import { NOW } from './testing/authenticator-under-test';
import { RoutedTransport } from './testing/routed-transport';
import { type Answered, type Asked, TokenServer } from './testing/token-server';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-identities-'));
const file = join(directory, 'token');
const clock = new FixedClock(NOW);
let issuer: TokenServer;
let transport: RoutedTransport;
beforeEach(async () => {
  issuer = await TokenServer.start();
  transport = new RoutedTransport({
    'http://169.254.169.254': issuer.origin,
    'https://sts.eu-west-1.amazonaws.com': issuer.origin,
  });
});
afterEach(async () => {
  await transport.close();
  await issuer.stop();
});
afterAll(() => rmSync(directory, { recursive: true }));

const lent = (options: Partial<LentIdentitiesOptions>) =>
  new LentIdentities({ allowed: {}, ...options }, transport, clock, new ProcessSeal());
const MISSING = { code: 'UNAVAILABLE', reason: 'AMBIENT_IDENTITY_MISSING' };

describe('an identity of the machine', () => {
  const workload = { kind: 'workload-identity', tenantId: 't', clientId: 'c' } as const;
  const system = { kind: 'managed-identity' } as const;
  const user = { kind: 'managed-identity', clientId: 'c' } as const;
  const role = { kind: 'gateway-role' } as const;

  test('is for nobody, unless it is listed for just that organization', () => {
    const all = [workload, system, user, role];
    const none = lent({});
    for (const identity of all) {
      expect(none.allows('org_a', identity)).toBe(false);
      const one = lent({ allowed: { org_a: [identity] } });
      expect(all.filter((other) => one.allows('org_a', other))).toEqual([identity]);
      expect(all.some((other) => one.allows('org_b', other))).toBe(false);
    }
    expect(lent({ allowed: { org_a: [workload] } }).allows('org_a', { ...workload, clientId: 'd' })).toBe(
      false,
    );
    expect(lent({ allowed: { org_a: [workload] } }).allows('org_a', { ...workload, tenantId: 'd' })).toBe(
      false,
    );
    expect(none.allows('__proto__', role)).toBe(false);
    expect(none.allows('constructor', role)).toBe(false);
  });
});

describe("the cluster's token", () => {
  test('is read as it is now', async () => {
    const identities = lent({ federatedTokenFile: file });
    writeFileSync(file, 'first\n');
    expect(await identities.federatedToken()).toBe('first');
    writeFileSync(file, 'second');
    expect(await identities.federatedToken()).toBe('second');
  });

  test('is missing where there is no file, an empty one, or none configured', async () => {
    writeFileSync(file, '\n');
    await expect(lent({ federatedTokenFile: file }).federatedToken()).rejects.toMatchObject(MISSING);
    const nowhere = join(directory, 'nowhere');
    await expect(lent({ federatedTokenFile: nowhere }).federatedToken()).rejects.toMatchObject(MISSING);
    await expect(lent({}).federatedToken()).rejects.toMatchObject(MISSING);
  });
});

describe("the gateway's own role", () => {
  const keys = { accessKeyId: 'AKIAOWN', secretAccessKey: 's' };
  const temporary = { accessKeyId: 'ASIAOWN', secretAccessKey: 's/+', sessionToken: 't==' };

  test('is missing where none is configured, and is the keys where they are', async () => {
    await expect(lent({}).gatewayKeys()).rejects.toMatchObject(MISSING);
    expect(await lent({ gatewayRole: { kind: 'keys', keys } }).gatewayKeys()).toEqual(keys);
  });

  test("is had for the cluster's token, unsigned, and kept", async () => {
    writeFileSync(file, 'cluster.token\n');
    const roleArn = 'arn:aws:iam::123456789012:role/gateway';
    const gatewayRole = { kind: 'web-identity', roleArn, tokenFile: file, region: 'eu-west-1' } as const;
    issuer.answer = () => ({
      status: 200,
      body: `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
        <SessionToken>t==</SessionToken><SecretAccessKey>s/+</SecretAccessKey>
        <Expiration>2026-03-03T13:00:00Z</Expiration><AccessKeyId>ASIAOWN</AccessKeyId>
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    });
    const identities = lent({ gatewayRole });
    expect(await identities.gatewayKeys()).toEqual(temporary);
    expect(await identities.gatewayKeys()).toEqual(temporary);
    expect(issuer.asked).toHaveLength(1);
    expect(issuer.last.headers['authorization']).toBeUndefined();
    expect(issuer.last.form).toEqual({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'gatehouse-gateway',
      WebIdentityToken: 'cluster.token',
    });
  });

  const instance =
    (changed: Record<string, Answered> = {}) =>
    ({ method, path, headers }: Asked): Answered => {
      const change = changed[path];
      if (change) return change;
      if (path === '/latest/api/token') {
        const asksRight = method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] === '21600';
        return asksRight ? { status: 200, body: 'session' } : { status: 400 };
      }
      if (headers['x-aws-ec2-metadata-token'] !== 'session') return { status: 401 };
      if (path === '/latest/meta-data/iam/security-credentials/') return { status: 200, body: 'gate-role\n' };
      if (path === '/latest/meta-data/iam/security-credentials/gate-role')
        return {
          status: 200,
          body: {
            Code: 'Success',
            Type: 'AWS-HMAC',
            AccessKeyId: 'ASIAOWN',
            SecretAccessKey: 's/+',
            Token: 't==',
            Expiration: '2026-03-03T18:00:00Z',
          },
        };
      return { status: 404 };
    };

  test("is the virtual machine's, by version 2 of its metadata service", async () => {
    issuer.answer = instance();
    const identities = lent({ gatewayRole: { kind: 'instance-role' } });
    expect(await identities.gatewayKeys()).toEqual(temporary);
    expect(await identities.gatewayKeys()).toEqual(temporary);
    expect(issuer.asked.map(({ headers }) => headers.host)).toEqual(Array(3).fill('169.254.169.254'));
  });

  test.each([
    [
      'no role',
      { '/latest/meta-data/iam/security-credentials/': { status: 404 } },
      'TOKEN_ISSUER_UNAVAILABLE',
    ],
    [
      'a role with a path',
      { '/latest/meta-data/iam/security-credentials/': { status: 200, body: '../../user-data' } },
      'TOKEN_ISSUER_ANSWER_UNUSABLE',
    ],
    [
      'no keys',
      { '/latest/meta-data/iam/security-credentials/gate-role': { status: 200, body: { Code: 'Failed' } } },
      'TOKEN_ISSUER_ANSWER_UNUSABLE',
    ],
    ['no session', { '/latest/api/token': { status: 403 } }, 'PROVIDER_CREDENTIAL_REJECTED'],
    [
      'a redirect',
      { '/latest/api/token': { status: 302, headers: { location: '/x' } } },
      'TOKEN_ISSUER_ANSWER_UNUSABLE',
    ],
  ])('is not had of a machine with %s', async (_what, changed, reason) => {
    issuer.answer = instance(changed);
    const identities = lent({ gatewayRole: { kind: 'instance-role' } });
    await expect(identities.gatewayKeys()).rejects.toMatchObject({ reason });
  });
});
