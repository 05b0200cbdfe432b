import { randomBytes } from 'node:crypto';
import { eventually, isProof, SeededRandom, shareOf } from '@gatehouse/kernel/testing';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { MOTO_READY_WITHIN_MS, motoMissing } from '@gatehouse/sealing/testing';
import { BuiltInCatalog } from './catalog/built-in-catalog';
import { kindsOf, withKind } from './domain/integration/credential-kind';
import type { CredentialKindName } from './domain/integration/provider';
import { openFieldsOf, type Provider, secretFieldsOf } from './domain/integration/provider';
import { inFiles, inKms, inVault, type Keeper } from './testing/key-keepers';
import { SeenRegistry } from './testing/seen-registry';

const LOCAL_HOST = 'http://127.0.0.1:9000/v1';
const GUID = '00000000-0000-4000-8000-000000000000';
const OPEN_VALUES: Readonly<Record<string, string>> = {
  client_id: GUID,
  role_arn: 'arn:aws:iam::123456789012:role/team/gatehouse',
};

/** A provider that takes each kind of credential. What the catalog calls an API key is an Azure key at Azure. */
const TAKEN_BY: Readonly<Record<CredentialKindName, string>> = {
  none: 'self-hosted',
  'api-key': 'groq',
  'organization-key': 'openai',
  'azure-key': 'azure-openai',
  'entra-client-secret': 'azure-openai',
  'entra-managed-identity': 'azure-openai',
  'entra-workload-identity': 'azure-openai',
  'aws-access-key': 'bedrock',
  'aws-assumed-role': 'bedrock',
  'bedrock-api-key': 'bedrock',
  'google-service-account': 'vertex-ai',
  'google-api-key': 'vertex-ai',
  'custom-headers': 'self-hosted',
};
const KINDS = Object.keys(TAKEN_BY) as CredentialKindName[];
/** A field, several, and headers: what is in a credential, the keeper of its keys does not see. */
const KINDS_ELSEWHERE: readonly CredentialKindName[] = ['api-key', 'aws-access-key', 'custom-headers'];
const OTHER_KINDS = KINDS.filter((kind) => !KINDS_ELSEWHERE.includes(kind));
const random = new SeededRandom('canary');
/** A proof tries all, with every keeper; any other run one keeper beside the files. */
const KINDS_IN_FILES = [...KINDS_ELSEWHERE, ...shareOf(OTHER_KINDS, 3, random)];
const catalog = new BuiltInCatalog();

/** In every secret, and nowhere else: no encoding but hex and base64 changes it. */
const MARK = randomBytes(18).toString('hex');
let canaries = 0;
/** Each is another, so that none is taken for what is there already. */
const canary = (): string => `${MARK}${++canaries}`;

/** All secret fields of the kind, with the canary in each; and the open ones, with none. */
const connectionWith = (kind: CredentialKindName, core: string) => {
  const row = catalog.find(TAKEN_BY[kind]) as Provider;
  const isFirst = kind === 'azure-key' || kindsOf(row)[0].name === kind;
  const form = isFirst ? row : (withKind(row, kind) as Provider);
  const secret = (name: string): string =>
    name === 'service_account_json' ? JSON.stringify({ private_key: `pem-${core}` }) : `sk/"${core}"\\+=`;
  return {
    provider: row.name,
    credentialKind: isFirst
      ? typeV1.CredentialKind.UNSPECIFIED
      : typeV1.credentialKindFromJSON(`CREDENTIAL_KIND_${kind.toUpperCase().replaceAll('-', '_')}`),
    customHost: row.customHost === 'required' ? LOCAL_HOST : '',
    credential: Object.fromEntries(secretFieldsOf(form).map(({ name }) => [name, secret(name)])),
    fields: Object.fromEntries(openFieldsOf(form).map(({ name }) => [name, OPEN_VALUES[name] ?? 'ours'])),
    headers: kind === 'custom-headers' ? { 'x-team': secret('') } : {},
  };
};

const missing = motoMissing();
const ELSEWHERE: [string, () => Promise<Keeper>][] = [
  ['Vault', inVault],
  ...(missing === undefined ? [['AWS KMS, as moto knows it', inKms] as [string, () => Promise<Keeper>]] : []),
];
const KEEPERS: typeof ELSEWHERE = [['files', inFiles], ...shareOf(ELSEWHERE, 1, random)];
if (missing !== undefined) test.skip(`no secret is seen with keys in AWS KMS: ${missing}`, () => undefined);

describe.each(KEEPERS)('no secret is seen of the registry, with keys in %s', (where, keep) => {
  let keeper: Keeper;
  let registry: SeenRegistry;
  const kinds = where === 'files' || isProof ? KINDS_IN_FILES : KINDS_ELSEWHERE;
  const integrationIds: string[] = [];

  beforeAll(async () => {
    keeper = await keep();
    registry = await SeenRegistry.start(keeper.provider);
  }, MOTO_READY_WITHIN_MS);
  afterAll(async () => {
    await registry?.stop();
    await keeper?.stop();
  });

  const connect = (request: object) =>
    registry.noted(
      registry.integrations.connectIntegration(
        registryV1.ConnectIntegrationRequest.fromPartial({ ...registry.command(), ...request }),
      ),
    );
  /** What came of it, which was to succeed. */
  const done = async <T>(answer: Promise<T | undefined>): Promise<T> => {
    const said = await answer;
    if (said === undefined) throw new Error(registry.answers.at(-1));
    return said;
  };
  const rotate = (integrationId: string, request: object) =>
    registry.noted(
      registry.integrations.rotateCredential(
        registryV1.RotateCredentialRequest.fromPartial({ ...registry.command(), integrationId, ...request }),
      ),
    );

  /** As a value, as a name, under a wrong one, broken, and where none belongs. */
  const misplace = async (integrationId: string, kind: CredentialKindName): Promise<void> => {
    const { credential, fields, headers } = connectionWith(kind, canary());
    const secret = `sk-${canary()}`;
    const wrong = [
      { credential: { ...credential, [secret]: 'x' }, headers },
      { credential: { ...credential, other: secret }, headers },
      ...Object.keys(credential).map((name) => ({ credential: { ...credential, [name]: `${secret}\n` } })),
      { credential, headers: { ...headers, [`${secret} `]: 'x' } },
      { credential, headers: { ...headers, 'x-other': `${secret}\n` } },
      { credential, headers, expectedRevision: 99n },
    ];
    for (const request of wrong) expect(await rotate(integrationId, request)).toBeUndefined();
    const given = connectionWith(kind, canary());
    const strange = [
      { fields: { ...fields, [secret]: 'x' } },
      ...Object.keys(fields).map((name) => ({ fields: { ...fields, [name]: `${secret}\n` } })),
      { customHost: `https://user:${secret}@models.example/v1` },
    ];
    for (const change of strange) {
      expect(await connect({ ...given, ...change, name: 'Leaky', slug: 'leaky' })).toBeUndefined();
    }
  };

  it.each(kinds)('of %s, from its draft to its end', async (kind) => {
    const { integrations, drafts } = registry;
    const first = connectionWith(kind, canary());
    const drafted = registryV1.CreateDraftRequest.fromPartial({ ...registry.command(), ...first });
    const { draft } = await done(registry.noted(drafts.createDraft(drafted)));
    await registry.noted(integrations.testConnection({ integrationId: '', draftId: draft?.id ?? '' }));
    const { integration } = await done(connect({ name: kind, slug: kind, draftId: draft?.id ?? '' }));
    const integrationId = integration?.id ?? '';
    expect(integration).toMatchObject({ provider: first.provider, credentialVersion: 1 });
    integrationIds.push(integrationId);
    const isSealed = { ...first.credential, ...headersSealed(first.headers) };
    expect(await registry.opened(integrationId, 1)).toEqual(isSealed);

    const next = connectionWith(kind, canary());
    await done(rotate(integrationId, { credential: next.credential, headers: next.headers }));
    expect(await registry.opened(integrationId, 2)).toEqual({
      ...next.credential,
      ...headersSealed(next.headers),
    });
    // What is refused before a key is asked for is refused wherever keys are.
    if (where === 'files') await misplace(integrationId, kind);
    await registry.noted(integrations.testConnection({ integrationId, draftId: '' }));
    await registry.noted(integrations.getIntegration({ integrationId, atLeastPosition: '' }));
    const removal = registryV1.DeleteIntegrationRequest.fromPartial({ ...registry.command(), integrationId });
    // Some stay, so that what is kept of them is looked through as well.
    if (kinds.indexOf(kind) % 2 === 0) await registry.noted(integrations.deleteIntegration(removal));
    await registry.noted(integrations.listIntegrations(registryV1.ListIntegrationsRequest.fromPartial({})));
    expect(await registry.whereabouts([MARK])).toEqual([]);
  });

  it('and what opens the keys is not there either', async () => {
    const secrets = keeper.secrets();
    expect(secrets).not.toEqual([]);
    expect(await registry.whereabouts(secrets)).toEqual([]);
  });

  it('and none is, of whatever kind, while the keys cannot be reached', async () => {
    await keeper.fail();
    const before = registry.answers.length;
    // At once, since each waits for the keeper until it gives up.
    const refused = await Promise.all(
      kinds.map((kind) => connect({ ...connectionWith(kind, canary()), name: kind, slug: `${kind}-late` })),
    );
    expect(refused).toEqual(kinds.map(() => undefined));
    const answers = registry.answers.slice(before);
    expect(answers).toEqual(kinds.map(() => expect.stringContaining('KEY_PROVIDER_UNAVAILABLE')));
    await registry.reflect();
    expect(await registry.whereabouts([MARK])).toEqual([]);
  });

  it('and what is there would be found: in answers, in the log of events, by reflection', async () => {
    expect(integrationIds).toHaveLength(kinds.length);
    const found = await registry.whereabouts(integrationIds.map((id) => id.slice(4)));
    expect(found).toEqual(
      expect.arrayContaining(['an answer', 'table event_store.event', 'table registry.sealed_credential']),
    );
    expect(await registry.whereabouts(['ConnectIntegrationRequest'])).toContain('reflection');
    // A log waits with its lines while nobody reads the pipe.
    await eventually(() => expect(registry.output.texts.join('')).toContain('"level"'));
  });
});

/** As they are named among what is sealed. */
const headersSealed = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`header:${name}`, value]));
