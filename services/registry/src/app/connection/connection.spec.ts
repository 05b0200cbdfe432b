import { deriveId, organizationId } from '@gatehouse/kernel';
import { RegistryInMemory } from '../../testing/registry-in-memory';

let registry: RegistryInMemory;
beforeEach(() => {
  registry = new RegistryInMemory();
});

const asked = () => registry.egress.asked.at(-1);

/** What is asked of a provider that was connected so. */
const askedOf = async (
  input: Parameters<RegistryInMemory['connect']>[1],
  which: 'test' | 'liveModels' = 'test',
) => {
  const { integration } = await registry.connect('r1', input);
  await registry[which](integration.integrationId);
  return asked();
};

describe('trying a connection', () => {
  it('shows the current credential, sealed, at the provider’s cheapest endpoint', async () => {
    const { integration } = await registry.connect('r1');
    await registry.rotate('r2', integration.integrationId, 'sk-2');
    expect(await registry.test(integration.integrationId)).toBe(registry.egress.report);
    expect(asked()).toMatchObject({
      sealed: { integrationId: integration.integrationId, credentialVersion: 2 },
      use: { kind: 'organization-key', auth: 'bearer' },
      baseUrl: 'https://api.openai.com/v1',
      probe: { path: '/models', shape: 'data-ids' },
    });
    expect(JSON.stringify(asked())).not.toContain('sk-2');
  });

  test.each<[string, Record<string, string>, object]>([
    [
      'anthropic',
      {},
      {
        use: { kind: 'api-key', auth: 'x-api-key' },
        probe: { path: '/models?limit=1000', headers: { 'anthropic-version': '2023-06-01' } },
      },
    ],
    ['google', {}, { use: { kind: 'google-api-key' }, probe: { path: '/models?pageSize=1000' } }],
    ['groq', {}, { use: { kind: 'api-key', auth: 'bearer' }, probe: { path: '/models' } }],
    ['openrouter', {}, { probe: { path: '/key', shape: 'object' } }],
    [
      'workers-ai',
      { account_id: 'acc' },
      { baseUrl: 'https://api.cloudflare.com/client/v4/accounts/acc/ai/v1', probe: { path: '/models' } },
    ],
  ])('asks %s where it answers whoever has a key', async (provider, fields, target) => {
    const credential = new Map([['api_key', 'sk-1']]);
    expect(await askedOf({ provider, credential, fields: new Map(Object.entries(fields)) })).toMatchObject(
      target,
    );
  });

  it('fills in the fields of the form, and nothing that leaves its place', async () => {
    const target = await askedOf({
      provider: 'vertex-ai',
      credential: new Map([['service_account_json', '{}']]),
      fields: new Map([
        ['region', 'europe-west4'],
        ['project_id', 'p-1'],
      ]),
    });
    expect(target?.probe.path).toBe('/v1/projects/p-1/locations/europe-west4/endpoints?pageSize=1');
  });

  it('asks nobody where nothing is known that costs nothing', async () => {
    const { integration } = await registry.connect('r1', { provider: 'voyage' });
    expect(await registry.test(integration.integrationId)).toMatchObject({ outcome: 'NOTHING_TO_ASK' });
    expect(await registry.liveModels(integration.integrationId)).toMatchObject({ modelNames: [] });
    expect(asked()).toBeUndefined();
  });

  it('lists models where they are listed, also where that proves no credential', async () => {
    registry.egress.modelNames = ['a', 'b'];
    expect((await askedOf({ provider: 'openrouter' }, 'liveModels'))?.probe.path).toBe('/models');
  });

  it('is of one’s own integrations alone, and of those that are there', async () => {
    const { integration } = await registry.connect('r1');
    const other = organizationId(deriveId('org', 'b'));
    await expect(registry.test(integration.integrationId, other)).rejects.toMatchObject({
      reason: 'INTEGRATION_UNKNOWN',
    });
    await registry.delete('r2', integration.integrationId);
    await expect(registry.test(integration.integrationId)).rejects.toMatchObject({
      reason: 'INTEGRATION_DELETED',
    });
    expect(asked()).toBeUndefined();
  });
});
