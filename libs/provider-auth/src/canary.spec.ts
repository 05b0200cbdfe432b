import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { ProviderCredential } from './index';
import type { Answer, Asked } from './testing/token-server';
import { AuthenticatorUnderTest, holder, request } from './testing/authenticator-under-test';

/** Every secret has this in it, so that it is found wherever it gets to. */
const CANARY = 'c4n4ry';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const serviceAccount = (privateKeyPem: string): string =>
  JSON.stringify({
    type: 'service_account',
    client_email: `${CANARY}@p.iam.gserviceaccount.com`,
    private_key: privateKeyPem,
  });

const application = {
  cloud: 'public',
  tenantId: 'tenant',
  clientId: `client-${CANARY}`,
  scope: 'https://cognitiveservices.azure.com/.default',
} as const;
const aws = { region: 'eu-central-1', service: 'bedrock' };
const role = {
  kind: 'aws-assumed-role',
  roleArn: `arn:aws:iam::123456789012:role/${CANARY}`,
  externalId: `external-${CANARY}`,
  ...aws,
} as const;
const awsKeys = { accessKeyId: `AKIA${CANARY}`, secretAccessKey: `secret-${CANARY}` };

/** Those that ask an issuer. */
const asking: ProviderCredential[] = [
  { kind: 'entra-client-secret', ...application, clientSecret: `secret-${CANARY}` },
  { kind: 'entra-workload-identity', ...application },
  { kind: 'entra-managed-identity', scope: application.scope, clientId: `client-${CANARY}` },
  { kind: 'google-service-account', json: serviceAccount(privateKey) },
  { ...role, source: { ...awsKeys, sessionToken: `session-${CANARY}` } },
  { ...role, source: 'gateway-role' },
];

/** Those that cannot be right. */
const malformed: ProviderCredential[] = [
  { kind: 'bearer-key', key: `${CANARY}\n` },
  { kind: 'header-key', header: `x-${CANARY} `, key: 'k' },
  { kind: 'header-key', header: 'x-key', scheme: `${CANARY}\n`, key: 'k' },
  { kind: 'organization-key', key: 'k', headers: { 'x-a': `${CANARY}\n` } },
  { kind: 'header-key', header: 'api-key', key: `${CANARY} ${CANARY}` },
  { kind: 'bearer-key', key: `${CANARY}\0` },
  { kind: 'header-key', header: 'x-goog-api-key', key: `${CANARY}\r` },
  { kind: 'static-headers', headers: { 'x-a': `${CANARY}\n` } },
  { kind: 'static-headers', headers: { [`${CANARY}\n`]: 'a' } },
  { kind: 'entra-client-secret', ...application, tenantId: `/${CANARY}`, clientSecret: CANARY },
  { kind: 'entra-workload-identity', ...application, scope: CANARY },
  { kind: 'entra-managed-identity', scope: CANARY },
  { kind: 'aws-access-key', ...awsKeys, secretAccessKey: `${CANARY}\n`, ...aws },
  { kind: 'aws-access-key', ...awsKeys, accessKeyId: `${CANARY} `, ...aws },
  { kind: 'aws-access-key', ...awsKeys, ...aws, region: CANARY },
  { ...role, source: { ...awsKeys, sessionToken: `${CANARY}\n` } },
  { ...role, source: awsKeys, externalId: `${CANARY} ` },
  { ...role, source: awsKeys, roleArn: CANARY },
  { kind: 'google-service-account', json: CANARY },
  { kind: 'google-service-account', json: `{"${CANARY}":"${CANARY}"}` },
  { kind: 'google-service-account', json: serviceAccount(CANARY) },
  { kind: 'google-service-account', json: serviceAccount(`${privateKey.slice(0, 300)}${CANARY}`) },
];

/** Everything that was sent, and the secret beside it. */
const echo = ({ headers, path, body }: Asked): string =>
  JSON.stringify({ error: CANARY, Code: CANARY, error_description: { headers, path, body }, body, CANARY });
const echoXml = (asked: Asked): string =>
  `<ErrorResponse><Error><Code>${CANARY}</Code><Message>${echo(asked)}</Message></Error></ErrorResponse>`;

const answers: [string, Answer][] = [
  ...[200, 302, 400, 401, 403, 404, 429, 500].flatMap((status): [string, Answer][] => [
    [`${status} with an echo`, (asked) => ({ status, headers: { 'x-a': CANARY }, body: echo(asked) })],
    [`${status} with an echo in XML`, (asked) => ({ status, body: echoXml(asked) })],
  ]),
  ['a token that no header holds', () => ({ status: 200, body: { access_token: `${CANARY}\n` } })],
  ['a broken connection', () => 'break'],
];

/** All that could be shown of an error: by a logger, an answer, a debugger. */
const shownOf = (error: Error): string =>
  [
    String(error),
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    inspect(error, { depth: 20, showHidden: true }),
    inspect(error.cause, { depth: 20, showHidden: true }),
  ].join('\n');

const refusalOf = async (bench: AuthenticatorUnderTest, credential: ProviderCredential): Promise<Error> => {
  const refused = async (): Promise<unknown> => bench.another().headersFor(holder, credential, request);
  const outcome = await refused().catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as Error;
};

describe('a secret is in no error', () => {
  let bench: AuthenticatorUnderTest;
  const written: string[] = [];
  const spies: jest.SpyInstance[] = [];

  beforeAll(async () => {
    bench = await AuthenticatorUnderTest.start();
  });
  beforeEach(() => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      spies.push(
        jest.spyOn(stream, 'write').mockImplementation((...args: unknown[]) => {
          written.push(String(args[0]));
          return write(...args);
        }),
      );
    }
  });
  afterEach(() => {
    for (const spy of spies.splice(0)) spy.mockRestore();
    expect(written.splice(0).join('')).not.toContain(CANARY);
  });
  afterAll(() => bench.stop());

  test.each(answers)('whatever an issuer answers: %s', async (_name, answer) => {
    bench.issuer.answer = answer;
    for (const credential of asking) {
      const error = await refusalOf(bench, credential);
      expect(error).toMatchObject({ name: 'AppError' });
      expect(shownOf(error)).not.toContain(CANARY);
    }
  });

  test.each(malformed)('where the credential cannot be right: $kind', async (credential) => {
    const error = await refusalOf(bench, credential);
    expect(error).toMatchObject({ code: 'INVALID', reason: 'PROVIDER_CREDENTIAL_MALFORMED' });
    expect(shownOf(error)).not.toContain(CANARY);
  });

  test('where nobody is there', async () => {
    const gone = await AuthenticatorUnderTest.start();
    await gone.issuer.stop();
    for (const credential of asking) {
      const error = await refusalOf(gone, credential);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'TOKEN_ISSUER_UNAVAILABLE' });
      expect(shownOf(error)).not.toContain(CANARY);
    }
    await gone.transport.close();
  });
});

test('an authenticator that holds tokens shows none', async () => {
  const bench = await AuthenticatorUnderTest.start();
  const { authenticator } = bench;
  bench.issuer.answer = () => ({
    status: 200,
    body: { token_type: 'Bearer', access_token: `token-${CANARY}`, expires_in: 3_600 },
  });
  const credential = asking[0] as ProviderCredential;
  const { authorization } = await authenticator.headersFor(holder, credential, request);
  expect(authorization).toContain(CANARY);
  const shown = inspect(authenticator, { depth: 6, showHidden: true, maxArrayLength: null });
  expect(shown).not.toContain(CANARY);
  await bench.stop();
});
