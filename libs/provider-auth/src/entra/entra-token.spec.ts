import { AuthenticatorUnderTest, holder, NOW } from '../testing/authenticator-under-test';
import type { ProviderCredential } from '../index';

const SCOPE = 'https://cognitiveservices.azure.com/.default';
const TENANT = '11111111-2222-3333-4444-555555555555';
const application = { cloud: 'public', tenantId: TENANT, clientId: 'app', scope: SCOPE } as const;
const bySecret: ProviderCredential = {
  kind: 'entra-client-secret',
  ...application,
  clientSecret: 'a secret~with+signs&=%',
};
const byFederation: ProviderCredential = { kind: 'entra-workload-identity', ...application };
const byIdentity: ProviderCredential = { kind: 'entra-managed-identity', scope: SCOPE };

let bench: AuthenticatorUnderTest;
beforeEach(async () => {
  bench = await AuthenticatorUnderTest.start();
});
afterEach(() => bench.stop());

const grant = { token_type: 'Bearer', access_token: 'eyJ.a.b', expires_in: 3_599 };

describe('an Entra client secret', () => {
  test('is exchanged for a token at the authority of its cloud, by client credentials', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    expect(await bench.headersFor(bySecret)).toEqual({ authorization: 'Bearer eyJ.a.b' });
    const { method, path, headers, form } = bench.issuer.last;
    expect([method, path, headers.host]).toEqual([
      'POST',
      `/${TENANT}/oauth2/v2.0/token`,
      'login.microsoftonline.com',
    ]);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(form).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: bySecret.clientSecret,
      scope: SCOPE,
    });
  });

  test.each([
    ['us-government', 'login.microsoftonline.us'],
    ['china', 'login.partner.microsoftonline.cn'],
  ] as const)('of the cloud %s goes to %s', async (cloud, host) => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    await bench.headersFor({ ...bySecret, cloud });
    expect(bench.issuer.last.headers.host).toBe(host);
  });

  test('gives a token that is used for all its lifetime but the skew', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    await bench.headersFor(bySecret);
    bench.clock.advance(3_599_000 - 120_001);
    await bench.headersFor(bySecret);
    expect(bench.issuer.asked).toHaveLength(1);
    bench.clock.advance(1);
    await bench.headersFor(bySecret);
    expect(bench.issuer.asked).toHaveLength(2);
  });

  test('of another integration, version, organization or secret has a token of its own', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    await bench.headersFor(bySecret);
    await bench.headersFor(bySecret, { ...holder, integrationId: 'int_b' });
    await bench.headersFor(bySecret, { ...holder, credentialVersion: 2 });
    await bench.headersFor(bySecret, { ...holder, organizationId: 'org_b' });
    await bench.headersFor({ ...bySecret, clientSecret: 'other' });
    await bench.headersFor({ ...bySecret, scope: 'https://ai.azure.com/.default' });
    expect(bench.issuer.asked).toHaveLength(6);
    await bench.headersFor(bySecret);
    expect(bench.issuer.asked).toHaveLength(6);
  });

  test('is exchanged anew after its token was refused', async () => {
    const tokens = ['first', 'second', 'third'];
    bench.issuer.answer = () => ({ status: 200, body: { ...grant, access_token: tokens.shift() } });
    const refused = await bench.headersFor(bySecret);
    bench.authenticator.forget(holder, bySecret, refused);
    expect(await bench.headersFor(bySecret)).toEqual({ authorization: 'Bearer second' });
    bench.authenticator.forget(holder, bySecret, refused);
    expect(await bench.headersFor(bySecret)).toEqual({ authorization: 'Bearer second' });
  });

  test.each(['../common', 'a/b', 'a?b', '', '.', 'ä', `${TENANT}#`])(
    'with the tenant %p asks nobody',
    async (tenantId) => {
      await expect(bench.headersFor({ ...bySecret, tenantId })).rejects.toMatchObject({
        code: 'INVALID',
        reason: 'PROVIDER_CREDENTIAL_MALFORMED',
        metadata: { field: 'tenantId' },
      });
      expect(bench.issuer.asked).toEqual([]);
    },
  );

  test.each(['', 'openid', 'http://a/.default', 'https://a/.default offline_access'])(
    'with the scope %p asks nobody',
    async (scope) => {
      await expect(bench.headersFor({ ...bySecret, scope })).rejects.toMatchObject({ code: 'INVALID' });
      expect(bench.issuer.asked).toEqual([]);
    },
  );
});

describe('what Entra answers', () => {
  const REJECTED = { code: 'REFUSED', reason: 'PROVIDER_CREDENTIAL_REJECTED' };
  const UNAVAILABLE = { code: 'UNAVAILABLE', reason: 'TOKEN_ISSUER_UNAVAILABLE' };
  const UNUSABLE = { code: 'UNAVAILABLE', reason: 'TOKEN_ISSUER_ANSWER_UNUSABLE' };

  test.each([
    [401, { error: 'invalid_client' }, REJECTED, 'invalid_client'],
    [400, { error: 'invalid_grant' }, REJECTED, 'invalid_grant'],
    [400, { error: 'unauthorized_client' }, REJECTED, 'unauthorized_client'],
    [400, { error: 'AADSTS7000215: secret value' }, REJECTED, undefined],
    [400, { error: { code: 5 } }, REJECTED, undefined],
    [403, 'no', REJECTED, undefined],
    [400, { error: 'temporarily_unavailable' }, UNAVAILABLE, 'temporarily_unavailable'],
    [404, {}, UNAVAILABLE, undefined],
    [408, {}, UNAVAILABLE, undefined],
    [429, { error: 'invalid_client' }, UNAVAILABLE, undefined],
    [500, {}, UNAVAILABLE, undefined],
    [503, 'later', UNAVAILABLE, undefined],
    [200, 'no JSON', UNUSABLE, undefined],
    [200, {}, UNUSABLE, undefined],
    [200, { ...grant, access_token: '' }, UNUSABLE, undefined],
    [200, { ...grant, access_token: 'a\r\nx-admin: 1' }, UNUSABLE, undefined],
    [200, { ...grant, token_type: 'mac' }, UNUSABLE, undefined],
    [200, { ...grant, expires_in: 0 }, UNUSABLE, undefined],
    [200, { ...grant, expires_in: 'soon' }, UNUSABLE, undefined],
    [204, '', UNUSABLE, undefined],
  ])('%d %j', async (status, body, expected, issuerCode) => {
    bench.issuer.answer = () => ({ status, body });
    await expect(bench.headersFor(bySecret)).rejects.toMatchObject({
      ...expected,
      metadata: { issuer: 'entra', ...(issuerCode ? { issuerCode } : {}) },
    });
    bench.issuer.answer = () => ({ status: 200, body: grant });
    await expect(bench.headersFor(bySecret)).resolves.toBeDefined();
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%d) is not followed', async (status) => {
    const location = `${bench.issuer.origin}/elsewhere`;
    bench.issuer.answer = () => ({ status, headers: { location }, body: grant });
    await expect(bench.headersFor(bySecret)).rejects.toMatchObject(UNUSABLE);
    expect(bench.issuer.asked).toHaveLength(1);
  });

  test('a connection that breaks, and nobody there', async () => {
    bench.issuer.answer = () => 'break';
    await expect(bench.headersFor(bySecret)).rejects.toMatchObject(UNAVAILABLE);
    await bench.issuer.stop();
    await expect(bench.headersFor(bySecret)).rejects.toMatchObject(UNAVAILABLE);
    bench = await AuthenticatorUnderTest.start();
  });
});

describe('a workload identity', () => {
  test("shows the cluster's token instead of a secret", async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    expect(await bench.headersFor(byFederation)).toEqual({ authorization: 'Bearer eyJ.a.b' });
    expect(bench.issuer.last.form).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'federated.c4n4ry.token',
    });
  });
});

describe('a managed identity', () => {
  test("asks the machine's metadata service, whose numbers are texts", async () => {
    const lasting = { expires_in: '86399', expires_on: String(NOW.getTime() / 1_000 + 86_399) };
    bench.issuer.answer = () => ({ status: 200, body: { ...grant, ...lasting, resource: 'r' } });
    expect(await bench.headersFor(byIdentity)).toEqual({ authorization: 'Bearer eyJ.a.b' });
    const { method, path, headers } = bench.issuer.last;
    const { pathname, searchParams } = new URL(path, 'http://any');
    expect([method, pathname, headers.host]).toEqual([
      'GET',
      '/metadata/identity/oauth2/token',
      '169.254.169.254',
    ]);
    expect(headers['metadata']).toBe('true');
    expect(Object.fromEntries(searchParams)).toEqual({
      'api-version': '2018-02-01',
      resource: 'https://cognitiveservices.azure.com',
    });
    bench.clock.advance(86_000_000);
    await bench.headersFor(byIdentity);
    expect(bench.issuer.asked).toHaveLength(1);
  });

  test('that is assigned by a user is named', async () => {
    bench.issuer.answer = () => ({ status: 200, body: grant });
    await bench.headersFor({ ...byIdentity, clientId: 'a&b=c' });
    const { searchParams } = new URL(bench.issuer.last.path, 'http://any');
    expect(searchParams.get('client_id')).toBe('a&b=c');
  });

  test('is not had by a redirect', async () => {
    bench.issuer.answer = () => ({ status: 302, headers: { location: bench.issuer.origin }, body: grant });
    await expect(bench.headersFor(byIdentity)).rejects.toMatchObject({
      reason: 'TOKEN_ISSUER_ANSWER_UNUSABLE',
    });
    expect(bench.issuer.asked).toHaveLength(1);
  });
});

describe('an identity of the machine', () => {
  test.each([byFederation, byIdentity])(
    'is not for an organization that the operator does not list: $kind',
    async (credential) => {
      bench.issuer.answer = () => ({ status: 200, body: grant });
      await bench.headersFor(credential);
      const other = { ...holder, organizationId: 'org_b' };
      await expect(bench.headersFor(credential, other)).rejects.toMatchObject({
        code: 'FORBIDDEN',
        reason: 'AMBIENT_IDENTITY_NOT_ALLOWED',
      });
      expect(bench.issuer.asked).toHaveLength(1);
    },
  );
});
