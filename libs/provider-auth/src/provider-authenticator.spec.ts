import { type Headers, type ProviderCredential, providerCredentialOf, tokenOriginOf } from './index';
import { AuthenticatorUnderTest, holder, NOW, request } from './testing/authenticator-under-test';
import { signV4 } from './aws/sign-v4';

let bench: AuthenticatorUnderTest;
beforeEach(async () => {
  bench = await AuthenticatorUnderTest.start();
});
afterEach(() => bench.stop());

describe('a credential that needs no token', () => {
  const cases: [ProviderCredential, Headers][] = [
    [{ kind: 'none' }, {}],
    [{ kind: 'bearer-key', key: 'sk-1' }, { authorization: 'Bearer sk-1' }],
    [{ kind: 'header-key', header: 'x-api-key', key: 'k' }, { 'x-api-key': 'k' }],
    [
      { kind: 'header-key', header: 'Authorization', scheme: 'Token', key: 'k' },
      { authorization: 'Token k' },
    ],
    [
      {
        kind: 'organization-key',
        key: 'sk-1',
        headers: { 'OpenAI-Organization': 'org-1', 'OpenAI-Project': 'proj_1' },
      },
      {
        authorization: 'Bearer sk-1',
        'openai-organization': 'org-1',
        'openai-project': 'proj_1',
      },
    ],
    [
      { kind: 'static-headers', headers: { 'X-Team': 'a', Authorization: 'Basic YTpi' } },
      { 'x-team': 'a', authorization: 'Basic YTpi' },
    ],
  ];

  test.each(cases)('$kind', async (credential, headers) => {
    expect(await bench.headersFor(credential)).toEqual(headers);
    expect(tokenOriginOf(credential)).toBeUndefined();
    expect(bench.issuer.asked).toEqual([]);
  });

  test.each([
    ['azure-key', { 'api-key': 'k' }],
    ['bedrock-api-key', { authorization: 'Bearer k' }],
    ['google-api-key', { 'x-goog-api-key': 'k' }],
  ] as const)('%s: a key in the place of its kind, whatever the row says', async (kind, headers) => {
    const use = { kind, scheme: 'token', fields: {}, audience: '', externalId: '' } as const;
    expect(await bench.headersFor(providerCredentialOf(use, { api_key: 'k' }))).toEqual(headers);
  });

  test('the headers of an organization never take the place of its key', async () => {
    const headers = { Authorization: 'Bearer other' };
    expect(await bench.headersFor({ kind: 'organization-key', key: 'sk-1', headers })).toEqual({
      authorization: 'Bearer sk-1',
    });
  });

  test('an AWS access key signs each request, at its time', async () => {
    const keys = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    };
    const scope = { region: 'eu-central-1', service: 'bedrock' };
    const credential: ProviderCredential = { kind: 'aws-access-key', ...keys, ...scope };
    const first = await bench.headersFor(credential);
    expect(first).toEqual(await signV4(keys, scope, request, NOW));
    bench.clock.advance(1_000);
    const other = { ...request, body: Buffer.from('{"a":1}') };
    const second = await bench.authenticator.headersFor(holder, credential, other);
    expect(second).toEqual(await signV4(keys, scope, other, new Date(NOW.getTime() + 1_000)));
    expect(tokenOriginOf(credential)).toBeUndefined();
    expect(bench.issuer.asked).toEqual([]);
  });
});

describe('the origin that a credential is shown to beside its provider', () => {
  const application = { tenantId: 't', clientId: 'c', scope: 's' };
  const role = { roleArn: 'r', externalId: 'e', source: 'gateway-role', service: 's' } as const;
  const cases: [ProviderCredential, string][] = [
    [
      { kind: 'entra-client-secret', cloud: 'public', clientSecret: 'x', ...application },
      'https://login.microsoftonline.com',
    ],
    [
      { kind: 'entra-workload-identity', cloud: 'us-government', ...application },
      'https://login.microsoftonline.us',
    ],
    [{ kind: 'entra-managed-identity', scope: 's' }, 'http://169.254.169.254'],
    [
      { kind: 'google-service-account', json: '{"token_uri":"https://evil.example"}' },
      'https://oauth2.googleapis.com',
    ],
    [
      { kind: 'aws-assumed-role', region: 'us-gov-west-1', ...role },
      'https://sts.us-gov-west-1.amazonaws.com',
    ],
    [{ kind: 'aws-assumed-role', region: 'cn-north-1', ...role }, 'https://sts.cn-north-1.amazonaws.com.cn'],
  ];

  test.each(cases)('$kind', (credential, origin) => expect(tokenOriginOf(credential)).toBe(origin));
});

test('two hundred requests at once fetch one token', async () => {
  const grant = { token_type: 'Bearer', access_token: 't', expires_in: 3_600 };
  bench.issuer.answer = () => ({ status: 200, body: grant });
  const credential: ProviderCredential = {
    kind: 'entra-managed-identity',
    scope: 'https://cognitiveservices.azure.com/.default',
  };
  const all = await Promise.all(Array.from({ length: 200 }, () => bench.headersFor(credential)));
  expect(all.every(({ authorization }) => authorization === 'Bearer t')).toBe(true);
  expect(bench.issuer.asked).toHaveLength(1);
});
