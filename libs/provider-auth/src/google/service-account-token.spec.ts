import { generateKeyPairSync, verify } from 'node:crypto';
import { AuthenticatorUnderTest, NOW } from '../testing/authenticator-under-test';
import type { ProviderCredential } from '../index';

const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pemOf = (key: typeof keys.privateKey): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const file = {
  type: 'service_account',
  project_id: 'p',
  private_key_id: 'kid-1',
  private_key: pemOf(keys.privateKey),
  client_email: 'gate@p.iam.gserviceaccount.com',
  client_id: '1',
  auth_uri: 'https://evil.example/auth',
  token_uri: 'https://evil.example/token',
  universe_domain: 'evil.example',
};
const credentialOf = (content: unknown): ProviderCredential => ({
  kind: 'google-service-account',
  json: typeof content === 'string' ? content : JSON.stringify(content),
});
const grant = { token_type: 'Bearer', access_token: 'ya29.a', expires_in: 3_599 };

let bench: AuthenticatorUnderTest;
beforeEach(async () => {
  bench = await AuthenticatorUnderTest.start();
});
afterEach(() => bench.stop());

const partsOf = (jwt: string): [string, string, string] => jwt.split('.') as [string, string, string];
const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

describe("a service account's key file", () => {
  test('signs an assertion that Google exchanges for a token', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    expect(await bench.headersFor(credentialOf(file))).toEqual({ authorization: 'Bearer ya29.a' });
    const { method, path, headers, form } = bench.issuer.last;
    expect([method, path, headers.host]).toEqual(['POST', '/token', 'oauth2.googleapis.com']);
    expect(form['grant_type']).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head, claims, signature] = partsOf(form['assertion'] ?? '');
    const iat = NOW.getTime() / 1_000;
    expect(decoded(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid-1' });
    expect(decoded(claims)).toEqual({
      iss: 'gate@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: 'https://oauth2.googleapis.com/token',
      iat,
      exp: iat + 3_600,
    });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('RSA-SHA256', signed, keys.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('does not say where its token is asked for', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    for (const token_uri of ['http://169.254.169.254/token', 'file:///etc/passwd', undefined]) {
      await bench
        .another()
        .headersFor(
          { organizationId: 'o', integrationId: 'i', credentialVersion: 1 },
          credentialOf({ ...file, token_uri }),
          { method: 'POST', url: new URL('https://a/'), headers: {}, body: Buffer.alloc(0) },
        );
      expect(bench.issuer.last.headers.host).toBe('oauth2.googleapis.com');
    }
  });

  test('whose account is gone is rejected, and one whose issuer is down is not', async () => {
    bench.issuer.answer = () => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
    await expect(bench.headersFor(credentialOf(file))).rejects.toMatchObject({
      code: 'REFUSED',
      metadata: { issuer: 'google', issuerCode: 'invalid_grant' },
    });
    bench.issuer.answer = () => ({ status: 503, body: {} });
    await expect(bench.headersFor(credentialOf(file))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey;
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each([
    ['no JSON', '{', 'json'],
    ['no object', '"x"', 'json'],
    ['of another type', { ...file, type: 'external_account' }, 'json'],
    ['without an account', { ...file, client_email: undefined }, 'json'],
    ['with a key that is none', { ...file, private_key: 'sk-canary' }, 'private_key'],
    ['with a key that is cut', { ...file, private_key: file.private_key.slice(0, 200) }, 'private_key'],
    ['with a key that is too small', { ...file, private_key: pemOf(small) }, 'private_key'],
    ['with a key of another kind', { ...file, private_key: pemOf(curve) }, 'private_key'],
  ])('that is %s asks nobody', async (_what, content, field) => {
    await expect(bench.headersFor(credentialOf(content))).rejects.toMatchObject({
      code: 'INVALID',
      metadata: { field },
    });
    expect(bench.issuer.asked).toEqual([]);
  });
});
