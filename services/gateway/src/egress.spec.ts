import { generateKeyPairSync } from 'node:crypto';
import { eventually, WrittenOutput } from '@gatehouse/kernel/testing';
import { grpcClient } from '@gatehouse/grpc';
import { gatewayV1, type registryV1, typeV1 } from '@gatehouse/proto-gen';
import { generateVaultKeyPair, HpkeCredentialSealer, originsOf, withNamedSecrets } from '@gatehouse/sealing';
import {
  API_KEY,
  GatewayFixture,
  INTEGRATION,
  ORGANIZATION,
  REGISTRY_TOKEN,
} from './testing/gateway-fixture';
import { ScriptedServer } from './testing/scripted-server';

const { CredentialKind: Kind, AuthScheme: Auth, ConnectionOutcome: Outcome, AnswerShape: Shape } = typeV1;

/** In every secret of these tests. */
const CANARY = 'c4n4ry-0123456789';
const KEY = `sk-${CANARY}`;
const METADATA = 'http://169.254.169.254';

const fixture = new GatewayFixture();
let provider: ScriptedServer;

const egress = (serviceToken: string | undefined = REGISTRY_TOKEN) =>
  grpcClient(gatewayV1.EgressServiceClient, {
    address: fixture.grpcAddress,
    ...(serviceToken !== '' && { serviceToken }),
    deadlineMs: 60_000,
  });

interface Given {
  readonly secret?: Record<string, string>;
  readonly use?: Partial<typeV1.CredentialUse>;
  readonly origins?: readonly string[];
  readonly probe?: Partial<typeV1.Probe>;
  readonly baseUrl?: string;
  readonly vault?: Buffer;
}

const targetOf = async ({
  secret = { api_key: KEY },
  use = {},
  baseUrl = `${provider.origin}/v1`,
  origins = [baseUrl],
  probe = {},
  vault = fixture.vault.publicKey,
}: Given = {}): Promise<gatewayV1.Target> => {
  const binding = {
    organizationId: ORGANIZATION,
    integrationId: INTEGRATION,
    credentialVersion: 1,
    origins: originsOf(origins),
  };
  const sealed = (await new HpkeCredentialSealer(vault).seal(binding, secret)) as registryV1.SealedCredential;
  const request = {
    sealed,
    use: { kind: Kind.API_KEY, auth: Auth.BEARER, ...use },
    baseUrl,
    probe: { path: '/models', shape: Shape.DATA_IDS, ...probe },
  };
  return gatewayV1.Target.fromPartial(request);
};

const tryOut = async (given: Given = {}): Promise<typeV1.ConnectionResult> => {
  const { result } = await egress().testConnection({ target: await targetOf(given) });
  if (!result) throw new Error('no result');
  return result;
};
const outcomeOf = async (given: Given = {}): Promise<string> => Outcome[(await tryOut(given)).outcome];

/** Answers who shows the header, and nobody else. */
const onlyTo = (header: string, value: RegExp | string, status = 200, json: unknown = { data: [] }): void => {
  provider.answer = (request, response) => {
    const shown = String(request.headers[header] ?? '');
    const known = typeof value === 'string' ? shown === value : value.test(shown);
    response.writeHead(known ? status : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? json : { error: 'unauthorized' }));
  };
};

beforeAll(async () => {
  provider = await new ScriptedServer().start();
  await fixture.start({ GATEHOUSE_CONNECT_TIMEOUT_MS: '2000', GATEHOUSE_LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await fixture.stop();
  await provider.stop();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.answerJson(200, { data: [] });
});

describe('who may ask', () => {
  it.each([
    ['nobody', ''],
    ['a guess', 'guessed'],
    ['a client’s key as a token', API_KEY],
  ])('%s may not', async (_who, token) => {
    const target = await targetOf();
    await expect(egress(token).testConnection({ target })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(provider.seen).toEqual([]);
  });

  it('a target that says too little is nothing that is sent', async () => {
    await expect(egress().testConnection({ target: undefined })).rejects.toMatchObject({ code: 'INVALID' });
    const target = { ...(await targetOf()), probe: { path: 'models\r\nx: y', shape: 1, headers: {} } };
    await expect(egress().testConnection({ target })).rejects.toMatchObject({
      violations: [{ field: 'target.probe.path' }],
    });
    expect(provider.seen).toEqual([]);
  });
});

describe('what is shown to the provider', () => {
  const aws = { aws_access_key_id: 'AKIAEXAMPLE', aws_secret_access_key: KEY };
  const region = { region: 'eu-central-1' };

  test.each<[string, Given, string, string | RegExp]>([
    ['a bearer', {}, 'authorization', `Bearer ${KEY}`],
    ['a key after a word', { use: { auth: Auth.KEY } }, 'authorization', `Key ${KEY}`],
    ['a token after a word', { use: { auth: Auth.TOKEN } }, 'authorization', `Token ${KEY}`],
    ['x-api-key', { use: { auth: Auth.X_API_KEY } }, 'x-api-key', KEY],
    ['api-key', { use: { auth: Auth.API_KEY } }, 'api-key', KEY],
    ['x-goog-api-key', { use: { auth: Auth.X_GOOG_API_KEY } }, 'x-goog-api-key', KEY],
    ['an Azure key', { use: { kind: Kind.AZURE_KEY } }, 'api-key', KEY],
    ['a Google key', { use: { kind: Kind.GOOGLE_API_KEY } }, 'x-goog-api-key', KEY],
    ['a Bedrock key', { use: { kind: Kind.BEDROCK_API_KEY } }, 'authorization', `Bearer ${KEY}`],
    [
      'a key of a project',
      { use: { kind: Kind.ORGANIZATION_KEY }, secret: { api_key: KEY, project: 'proj_1' } },
      'openai-project',
      'proj_1',
    ],
    [
      'headers of the admin’s own',
      { use: { kind: Kind.CUSTOM_HEADERS }, secret: { 'header:x-team': KEY } },
      'x-team',
      KEY,
    ],
    [
      'a signature',
      { use: { kind: Kind.AWS_ACCESS_KEY, fields: region, audience: 'bedrock' }, secret: aws },
      'authorization',
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
    ],
  ])('%s', async (_what, given, header, value) => {
    onlyTo(header, value);
    expect(await outcomeOf(given)).toBe('WORKS');
    expect(provider.seen.map(({ url }) => url)).toEqual(['/v1/models', '/v1/models']);
    // The second asks whether the server answers anybody.
    expect(provider.seen[1]?.headers).not.toHaveProperty(header);
  });

  it('is nothing where there is no credential', async () => {
    expect(await outcomeOf({ use: { kind: Kind.NONE }, secret: {} })).toBe('WORKS');
    expect(provider.seen).toHaveLength(1);
  });

  it('comes with what the row says of every request', async () => {
    onlyTo('x-api-key', KEY);
    const probe = { headers: { 'anthropic-version': '2023-06-01' } };
    expect(await outcomeOf({ use: { auth: Auth.X_API_KEY }, probe })).toBe('WORKS');
    expect(provider.seen[0]?.headers).toMatchObject({ 'anthropic-version': '2023-06-01' });
  });
});

describe('what came of it', () => {
  test.each<[string, number, unknown, Record<string, string>, string]>([
    ['a key that is refused', 401, { error: KEY }, {}, 'CREDENTIAL_REJECTED'],
    ['a key that is forbidden', 403, { error: KEY }, {}, 'CREDENTIAL_REJECTED'],
    [
      'an identity that may not ask this',
      403,
      {},
      { 'x-amzn-errortype': 'AccessDeniedException:http://internal.amazon.com/' },
      'PERMISSION_MISSING',
    ],
    [
      'a key that Google refuses',
      400,
      { error: { details: [{ reason: 'API_KEY_INVALID' }] } },
      {},
      'CREDENTIAL_REJECTED',
    ],
    ['another host', 404, {}, {}, 'NOT_FOUND'],
    ['too many', 429, {}, {}, 'RATE_LIMITED'],
    ['a fault', 503, { error: KEY }, {}, 'PROVIDER_FAILED'],
    ['a redirect', 307, {}, { location: `http://169.254.169.254/?${KEY}` }, 'REDIRECTED'],
    ['a strange status', 418, {}, {}, 'ANSWER_NOT_UNDERSTOOD'],
    ['another JSON', 200, { models: [] }, {}, 'ANSWER_NOT_UNDERSTOOD'],
    ['names that are none', 200, { data: [{ id: 7 }, { id: 'a\nb' }] }, {}, 'ANSWER_NOT_UNDERSTOOD'],
    ['the key in the place of a name', 200, { data: [{ id: `model-${KEY}` }] }, {}, 'ANSWER_NOT_UNDERSTOOD'],
    ['a list for anybody', 200, { data: [{ id: 'm' }] }, {}, 'ANSWERS_ANYBODY'],
  ])('%s', async (_what, status, json, headers, outcome) => {
    provider.answerJson(status, json, headers);
    const { result, modelNames } = await egress().listModels({ target: await targetOf() });
    expect(Outcome[result?.outcome ?? 0]).toBe(outcome);
    expect(result?.httpStatus).toBe(status);
    expect(JSON.stringify([result, modelNames])).not.toContain(CANARY);
  });

  it('a page for people is no answer', async () => {
    provider.answer = (_request, response) => void response.end(`<html>${KEY}</html>`);
    expect(await outcomeOf()).toBe('ANSWER_NOT_UNDERSTOOD');
  });

  it('a host that may not be called is not', async () => {
    const refused = async (baseUrl: string) => await tryOut({ baseUrl });
    expect(await refused('https://10.0.0.1/v1')).toMatchObject({
      outcome: Outcome.HOST_REFUSED,
      detail: 'private',
    });
    expect(await refused(`${METADATA}/latest`)).toMatchObject({
      outcome: Outcome.HOST_REFUSED,
      detail: 'metadata',
    });
  });

  it('a credential is shown to no host but its own, nor opened by another vault’s key', async () => {
    expect(await outcomeOf({ origins: ['https://api.openai.com/v1'] })).toBe('CREDENTIAL_MISDIRECTED');
    expect(await outcomeOf({ vault: generateVaultKeyPair().publicKey })).toBe('CREDENTIAL_UNREADABLE');
    expect(provider.seen).toEqual([]);
  });

  it('an issuer of tokens that the seal does not name is shown nothing', async () => {
    const fields = { region: 'eu-central-1', role_arn: 'arn:aws:iam::123456789012:role/r' };
    const use = { kind: Kind.AWS_ASSUMED_ROLE, fields, audience: 'bedrock', externalId: 'e' };
    const secret = { aws_access_key_id: 'AKIAEXAMPLE', aws_secret_access_key: KEY };
    expect(await outcomeOf({ use, secret })).toBe('CREDENTIAL_MISDIRECTED');
    expect(provider.seen).toEqual([]);
  });

  it('a secret that is kept elsewhere, where nobody is known to keep it, is told as unresolved', async () => {
    const secret = { ...withNamedSecrets({}, { api_key: { reference: 'nobody', member: '' } }) };
    expect(await outcomeOf({ secret })).toBe('REFERENCE_UNRESOLVED');
    expect(provider.seen).toEqual([]);
  });

  it('an identity of the machine is lent to nobody by default', async () => {
    const use = {
      kind: Kind.ENTRA_MANAGED_IDENTITY,
      audience: 'https://cognitiveservices.azure.com/.default',
    };
    const origins = [provider.origin, METADATA];
    expect(await outcomeOf({ use, secret: {}, origins })).toBe('IDENTITY_NOT_LENT');
    expect(provider.seen).toEqual([]);
  });

  it('a lent identity that the machine has not is missing', async () => {
    await fixture.stopGateway();
    const lent = { [ORGANIZATION]: [{ kind: 'gateway-role' }] };
    await fixture.startGateway({
      GATEHOUSE_LENT_IDENTITIES: JSON.stringify(lent),
      GATEHOUSE_LOG_LEVEL: 'trace',
    });
    const fields = { region: 'eu-central-1', role_arn: 'arn:aws:iam::123456789012:role/r' };
    const use = { kind: Kind.AWS_ASSUMED_ROLE, fields, audience: 'bedrock', externalId: 'e' };
    const origins = [provider.origin, 'https://sts.eu-central-1.amazonaws.com'];
    expect(await outcomeOf({ use, secret: {}, origins })).toBe('IDENTITY_MISSING');
  });
});

describe('the provider’s own list', () => {
  test.each<[string, typeV1.AnswerShape, unknown, readonly string[]]>([
    ['OpenAI’s', Shape.DATA_IDS, { data: [{ id: 'b' }, { id: 'a' }, { id: 'b' }] }, ['b', 'a']],
    ['Gemini’s', Shape.MODEL_NAMES, { models: [{ name: 'models/gemini-3' }] }, ['gemini-3']],
    ['Cohere’s', Shape.MODEL_NAMES, { models: [{ name: 'command-a' }] }, ['command-a']],
    ['nobody’s', Shape.OBJECT, { label: 'key' }, []],
  ])('is %s', async (_whose, shape, json, names) => {
    onlyTo('authorization', `Bearer ${KEY}`, 200, json);
    const { result, modelNames } = await egress().listModels({
      target: await targetOf({ probe: { shape } }),
    });
    expect(Outcome[result?.outcome ?? 0]).toBe('WORKS');
    expect(modelNames).toEqual(names);
  });
});

describe('no secret', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const entra = { tenant_id: 'tenant', client_id: 'client' };
  const scope = 'https://cognitiveservices.azure.com/.default';
  const role = { region: 'eu-central-1', role_arn: 'arn:aws:iam::123456789012:role/r' };
  const keys = { aws_access_key_id: `AKIA${CANARY}`, aws_secret_access_key: KEY, aws_session_token: KEY };

  /** Each kind with a canary in its secret; those that ask an issuer are sealed for the provider alone. */
  const kinds: readonly (readonly [string, Given])[] = [
    ['API key', {}],
    ['malformed API key', { secret: { api_key: `${KEY}\n${CANARY}` } }],
    ['organization key', { use: { kind: Kind.ORGANIZATION_KEY } }],
    ['Azure key', { use: { kind: Kind.AZURE_KEY } }],
    [
      'Entra client secret',
      {
        use: { kind: Kind.ENTRA_CLIENT_SECRET, fields: entra, audience: scope },
        secret: { client_secret: KEY },
      },
    ],
    [
      'Entra workload identity',
      { use: { kind: Kind.ENTRA_WORKLOAD_IDENTITY, fields: entra, audience: scope }, secret: {} },
    ],
    ['AWS key', { use: { kind: Kind.AWS_ACCESS_KEY, fields: role, audience: 'bedrock' }, secret: keys }],
    ['assumed role', { use: { kind: Kind.AWS_ASSUMED_ROLE, fields: role, externalId: 'e' }, secret: keys }],
    ['Bedrock key', { use: { kind: Kind.BEDROCK_API_KEY } }],
    [
      'service account',
      {
        use: { kind: Kind.GOOGLE_SERVICE_ACCOUNT },
        secret: {
          service_account_json: JSON.stringify({
            type: 'service_account',
            client_email: `${CANARY}@p.iam.gserviceaccount.com`,
            private_key: privateKey,
            token_uri: `https://evil.example/${CANARY}`,
          }),
        },
      },
    ],
    ['Google key', { use: { kind: Kind.GOOGLE_API_KEY } }],
    ['headers', { use: { kind: Kind.CUSTOM_HEADERS }, secret: { 'header:x-team': KEY } }],
    [
      'secret that is kept elsewhere',
      {
        secret: {
          ...withNamedSecrets({ 'header:x-team': KEY }, { api_key: { reference: 'nobody', member: '' } }),
        },
      },
    ],
    ['forbidden headers', { use: { kind: Kind.CUSTOM_HEADERS }, secret: { [`header:host`]: KEY } }],
  ];

  let output: WrittenOutput;
  beforeAll(() => {
    output = WrittenOutput.listen();
  });
  afterAll(() => output.stop());

  test.each(kinds)('of a %s is in what is told, however the provider answers', async (_kind, given) => {
    const told: string[] = [];
    for (const status of [200, 307, 400, 403, 500]) {
      provider.answer = ({ headers }, response) => {
        response.writeHead(status, { location: `/${CANARY}`, 'x-echo': CANARY });
        response.end(JSON.stringify({ data: [{ id: JSON.stringify(headers) }], error: headers }));
      };
      const target = await targetOf(given);
      told.push(JSON.stringify(await egress().listModels({ target })));
    }
    const text = told.join('\n');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 16));
  });

  test('is in what is logged meanwhile', async () => {
    // A log waits with its lines while nobody reads the pipe.
    const logged = await eventually(() => {
      const text = output.texts.join('');
      expect(text).toContain('a secret that is kept elsewhere is not to be had');
      return text;
    });
    expect(logged).not.toContain(CANARY);
    expect(logged).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 16));
  });
});
