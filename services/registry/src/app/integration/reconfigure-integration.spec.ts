import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { fixedLookup } from '@gatehouse/hosts/testing';
import { type IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
import { BuiltInCatalog } from '../../catalog/built-in-catalog';
import type { Provider } from '../../domain/integration/provider';
import { RegistryInMemory } from '../../testing/registry-in-memory';
import { standingOf } from './integration-standing';

const LOCAL = 'http://127.0.0.1:8000/v1';
const guard = () => new HostGuard(PrivateHosts.parse('127.0.0.0/8') ?? PrivateHosts.none, fixedLookup());

let registry: RegistryInMemory;
let id: IntegrationId;
beforeEach(async () => {
  registry = new RegistryInMemory(guard());
  id = (await registry.connect('connect')).integration.integrationId;
});

/** The catalog with another URL for OpenAI. */
class MovedCatalog extends BuiltInCatalog {
  constructor(private readonly baseUrl: string) {
    super();
  }

  override find(name: string): Provider | undefined {
    const provider = super.find(name);
    return provider && name === 'openai' ? { ...provider, baseUrl: this.baseUrl } : provider;
  }
}

const origins = async (version: number): Promise<SealedCredential['origins']> =>
  (await registry.sealedOf(id, version)).origins;

describe('reconfiguring', () => {
  test('to another host without the credential changes nothing, and says for which origin it is needed', async () => {
    await expect(
      registry.reconfigure('r', id, { customHost: 'https://eu.example.com/v1' }),
    ).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'CREDENTIAL_NEEDED',
      metadata: { origins: 'https://eu.example.com:443' },
    });
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
  });

  test('with it seals the next version for the new host alone, and the old row is destroyed', async () => {
    const customHost = 'https://eu.example.com/v1';
    const { integration } = await registry.reconfigure('r', id, { customHost }, { apiKey: 'sk-2' });
    expect(integration).toMatchObject({ customHost, baseUrl: customHost, credentialVersion: 2 });
    expect(await origins(2)).toEqual(['https://eu.example.com:443']);
    await expect(registry.sealedOf(id, 1)).rejects.toMatchObject({ reason: 'CREDENTIAL_UNKNOWN' });
    await registry.tidy();
    expect([...registry.vault.rows.values()].map(({ sealed }) => sealed.credentialVersion)).toEqual([2]);
  });

  test('within its host leaves the credential as it is', async () => {
    const customHost = 'https://api.openai.com/v2';
    const { integration } = await registry.reconfigure('r', id, { customHost });
    expect(integration).toMatchObject({ baseUrl: customHost, credentialVersion: 1 });
    expect(await registry.apiKeyOf(id, 1)).toBe('sk-1');
    await registry.tidy();
    expect(registry.vault.rows.size).toBe(1);
  });

  test('again with the same request id answers as the first, with another finds nothing to change', async () => {
    const customHost = 'https://eu.example.com/v1';
    const first = await registry.reconfigure('r', id, { customHost }, { apiKey: 'sk-2' });
    expect(await registry.reconfigure('r', id, { customHost }, { apiKey: 'sk-2' })).toEqual(first);
    expect((await registry.reconfigure('other', id, { customHost })).position).toBe(first.position);
  });

  test('five times at once, each with a credential, counts five versions', async () => {
    const ends = Array.from({ length: 5 }, (_, index) => `https://api.openai.com/v${index + 2}`);
    await Promise.all(
      ends.map((customHost) => registry.reconfigure(customHost, id, { customHost }, { apiKey: customHost })),
    );
    const { integration } = await registry.reconfigure('again', id, {});
    expect(integration.credentialVersion).toBe(6);
    expect(await registry.apiKeyOf(id, 6)).toBe(integration.baseUrl);
  });

  test('a concurrent edit at the same revision loses with where it stands', async () => {
    const edits = ['v2', 'v3', 'v4'].map((path) =>
      registry.reconfigure(
        path,
        id,
        { customHost: `https://api.openai.com/${path}` },
        { expectedRevision: 0n as never },
      ),
    );
    const outcomes = await Promise.allSettled(edits);
    const lost = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    expect(lost).toHaveLength(2);
    for (const refusal of lost) {
      expect(refusal).toMatchObject({ reason: 'REVISION_MISMATCH', metadata: { actual: '1' } });
    }
  });

  test('judges what it leads to as connecting does', async () => {
    const refused = async (customHost: string, field: string) =>
      expect(registry.reconfigure('r', id, { customHost }, { apiKey: 'sk-2' })).rejects.toMatchObject({
        code: 'INVALID',
        violations: [expect.objectContaining({ field })],
      });
    await refused('http://169.254.169.254/v1', 'custom_host');
    await refused('http://10.0.0.1/v1', 'custom_host');
    await expect(registry.reconfigure('r', id, { fields: new Map([['region', 'x']]) })).rejects.toMatchObject(
      {
        violations: [{ field: 'fields', description: 'has fields other than none' }],
      },
    );
  });
});

describe('an integration whose provider moves', () => {
  const moved = async () => {
    registry.catalog = new MovedCatalog('https://api.openai.example/v1');
    const { integration } = await registry.rename('moved', id, `Moved ${registry.catalog.list().length}`);
    return standingOf(integration, registry.catalog.find('openai'), registry.ids);
  };

  test('goes on where it was, and says that its credential is needed', async () => {
    expect((await moved()).credentialNeeded).toBe(true);
    expect(await registry.apiKeyOf(id, 1)).toBe('sk-1');
    expect(await origins(1)).toEqual(['https://api.openai.com:443']);
  });

  test('follows when the credential is given anew, and not before', async () => {
    await moved();
    await expect(registry.reconfigure('r1', id, {})).rejects.toMatchObject({
      reason: 'CREDENTIAL_NEEDED',
      metadata: { origins: 'https://api.openai.example:443' },
    });
    const { integration } = await registry.reconfigure('r2', id, {}, { apiKey: 'sk-2' });
    expect(integration).toMatchObject({ baseUrl: 'https://api.openai.example/v1', credentialVersion: 2 });
    expect(await origins(2)).toEqual(['https://api.openai.example:443']);
    expect(standingOf(integration, registry.catalog.find('openai'), registry.ids).credentialNeeded).toBe(
      false,
    );
  });

  test('needs nothing where only its path moved, or where it has a host of its own', async () => {
    registry.catalog = new MovedCatalog('https://api.openai.com/v9');
    const { integration } = await registry.reconfigure('r1', id, {});
    expect(integration).toMatchObject({ baseUrl: 'https://api.openai.com/v9', credentialVersion: 1 });
    const own = await registry.connect('own', { slug: 'own', customHost: 'https://eu.example.com' });
    const elsewhere = new MovedCatalog('https://elsewhere.example').find('openai');
    expect(standingOf(own.integration, elsewhere, registry.ids).credentialNeeded).toBe(false);
  });
});

describe('a local integration', () => {
  const headers = new Map([['X-Team', 'secret-team']]);
  const local = { local: true, customHost: LOCAL, credential: new Map<string, string>() };

  test('of any provider needs no credential and no fields, and says what it speaks', async () => {
    const { integration } = await registry.connect('r', {
      ...local,
      slug: 'local',
      provider: 'azure-openai',
      api: 'openai',
      modelHosts: new Map([['llama', 'http://127.0.0.1:8001/v1/']]),
    });
    expect(integration).toMatchObject({
      local: true,
      dialect: 'openai',
      baseUrl: LOCAL,
      modelHosts: { llama: 'http://127.0.0.1:8001/v1' },
      headerNames: [],
    });
    expect(standingOf(integration, registry.catalog.find('azure-openai'), registry.ids).served).toBe(true);
    expect((await registry.sealedOf(integration.integrationId, 1)).origins).toEqual([
      'http://127.0.0.1:8000',
      'http://127.0.0.1:8001',
    ]);
  });

  test('seals its headers, and names them', async () => {
    const { integration } = await registry.connect('r', { ...local, slug: 'local', headers });
    expect(integration.headerNames).toEqual(['x-team']);
    const sealed = await registry.sealedOf(integration.integrationId, 1);
    expect(sealed.fields).toEqual(['header:x-team']);
    expect(
      JSON.stringify(await registry.store.readAll({ after: 0n as never, limit: 100 }), big),
    ).not.toContain('secret-team');
  });

  test('is rotated with all of its headers, and loses none by the way', async () => {
    const { integration } = await registry.connect('r', { ...local, slug: 'local', headers });
    await expect(registry.rotate('r2', integration.integrationId, 'sk-2')).rejects.toMatchObject({
      violations: [{ field: 'headers', description: 'must be those of the integration: x-team' }],
    });
    const changed = await registry.reconfigure('r3', integration.integrationId, {}, { apiKey: 'sk-2' });
    expect(changed.integration).toMatchObject({ headerNames: [], credentialVersion: 2 });
  });

  test('is rotated by its headers alone where it has no more, and loses no key by the way', async () => {
    const { integration } = await registry.connect('r', { ...local, slug: 'local', headers });
    const id = integration.integrationId;
    const rotated = await registry.rotate('r2', id, undefined, undefined, headers);
    expect(rotated.integration).toMatchObject({ headerNames: ['x-team'], credentialVersion: 2 });
    await registry.reconfigure('r3', id, {}, { apiKey: 'sk-2', headers });
    await expect(registry.rotate('r4', id, undefined, undefined, headers)).rejects.toMatchObject({
      violations: [{ field: 'credential', description: 'is required' }],
    });
    await registry.rotate('r5', id, 'sk-3', undefined, headers);
    expect((await registry.sealedOf(id, 4)).fields).toEqual(['api_key', 'header:x-team']);
  });

  test('without any credential moves as it likes', async () => {
    const { integration } = await registry.connect('r', { ...local, slug: 'local' });
    const customHost = 'http://127.0.0.2:8000/v1';
    const moved = await registry.reconfigure('r2', integration.integrationId, { customHost });
    expect(moved.integration).toMatchObject({ customHost, credentialVersion: 2 });
    const sealed = await registry.sealedOf(integration.integrationId, 2);
    expect(sealed).toMatchObject({ origins: ['http://127.0.0.2:8000'], fields: [] });
  });

  test('names a model at another host, which takes the credential', async () => {
    const { integration } = await registry.connect('r', {
      slug: 'local',
      provider: 'self-hosted',
      customHost: LOCAL,
    });
    expect(integration.local).toBe(true);
    const modelHosts = new Map([['llama', 'http://127.0.0.1:9000/v1']]);
    const id = integration.integrationId;
    await expect(registry.reconfigure('r2', id, { modelHosts })).rejects.toMatchObject({
      reason: 'CREDENTIAL_NEEDED',
      metadata: { origins: 'http://127.0.0.1:9000' },
    });
    await registry.reconfigure('r3', id, { modelHosts }, { apiKey: 'sk-2' });
    expect((await registry.sealedOf(id, 2)).origins).toEqual([
      'http://127.0.0.1:8000',
      'http://127.0.0.1:9000',
    ]);
  });

  test.each<[string, Parameters<RegistryInMemory['connect']>[1], string]>([
    ['local without a host', { local: true }, 'custom_host'],
    ['an API of a provider', { api: 'openai' }, 'api'],
    ['model hosts of a provider', { modelHosts: new Map([['a', 'https://a.example.com']]) }, 'model_hosts'],
    ['headers of a provider', { headers }, 'headers'],
    ['a model host that is none', { ...local, modelHosts: new Map([['a', 'ftp://a']]) }, 'model_hosts.a'],
    [
      'a model host nobody may reach',
      { ...local, modelHosts: new Map([['a', 'http://10.0.0.1']]) },
      'model_hosts.a',
    ],
    ['a model of no name', { ...local, modelHosts: new Map([['', LOCAL]]) }, 'model_hosts'],
    ['a header of the connection', { ...local, headers: new Map([['Host', 'a']]) }, 'headers'],
    ['a header that is two', { ...local, headers: new Map([['X-A', 'a\r\nX-B: b']]) }, 'headers'],
    [
      'a header twice',
      {
        ...local,
        headers: new Map([
          ['x-a', 'a'],
          ['X-A', 'b'],
        ]),
      },
      'headers',
    ],
    [
      'an authorization beside the key',
      { ...local, credential: new Map([['api_key', 'k']]), headers: new Map([['Authorization', 'b']]) },
      'headers',
    ],
  ])('refuses %s', async (_what, input, field) => {
    await expect(registry.connect('r', { ...input, slug: 'refused' })).rejects.toMatchObject({
      code: 'INVALID',
      violations: [expect.objectContaining({ field })],
    });
  });
});

const big = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
