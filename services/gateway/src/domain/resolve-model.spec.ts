import {
  deriveId,
  integrationId,
  nanoUsdPerMillion,
  organizationId,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import { type ModelDecisions, type ModelFacts, NOTHING_DECIDED } from '@gatehouse/offering';
import { Configuration, type ConfigurationChange, type Integration, type Key } from './configuration';
import { callableModels, resolveModel } from './resolve-model';

const organization = organizationId(deriveId('org', 'a'));
const workspace = workspaceId(deriveId('ws', 'a'));
const key = { organizationId: organization, workspaceId: workspace } as Key;

const facts: ModelFacts = {
  name: 'small',
  kind: 'chat',
  capabilities: [],
  listedSince: 1n,
  withdrawn: false,
};

const decided = (access: Partial<ModelDecisions['access']>): ModelDecisions => ({
  ...NOTHING_DECIDED,
  access: { ...NOTHING_DECIDED.access, ...access },
});

const integration = (slug: string, modelDecisions: ModelDecisions, provider = 'openai'): Integration => ({
  id: integrationId(deriveId('int', slug)),
  organizationId: organization,
  slug,
  provider,
  dialect: 'openai',
  baseUrl: 'https://a.example/v1',
  modelHosts: new Map(),
  credentialVersion: 1,
  modelDecisions,
  deployments: new Map(),
  enabled: true,
});

const configurationOf = (...integrations: Integration[]): Configuration => {
  const configuration = new Configuration();
  configuration.apply({ kind: 'shared', value: { kind: 'model', provider: 'openai', facts } });
  for (const value of integrations) {
    configuration.apply({ kind: 'integration', value });
    configuration.apply({
      kind: 'provision',
      value: {
        id: provisionId(deriveId('prv', value.slug)),
        organizationId: organization,
        workspaceId: workspace,
        integrationId: value.id,
        enabled: true,
        allModels: true,
        modelNames: new Set(),
        revision: 0n,
        limited: false,
      },
    });
  }
  return configuration;
};

const AT = new Date('2026-11-26T12:00:00Z');

const resolved = (configuration: Configuration, model: string) => {
  const { integration: through, model: found } = resolveModel(configuration, key, { model }, AT);
  return `@${through.slug}/${found.name}`;
};

describe('a bare model', () => {
  const all = decided({ autoEnable: true });

  it('goes to who knows it, before who lets every name through', () =>
    expect(
      resolved(configurationOf(integration('any', all, 'acme'), integration('knowing', all)), 'small'),
    ).toBe('@knowing/small'));

  it('that nobody knows goes to the only one that lets every name through', () => {
    const configuration = configurationOf(
      integration('any', all),
      integration('strict', decided({ selectedAt: 1n })),
    );
    expect(resolved(configuration, 'nobody-knows')).toBe('@any/nobody-knows');
    expect(() => resolved(configuration, 'small')).toThrow('@any/small, @strict/small');
  });
});

describe('a provider that a header names', () => {
  const all = decided({ autoEnable: true });
  const configuration = configurationOf(
    integration('any', all),
    integration('strict', decided({ selectedAt: 1n })),
  );
  const routed = (model: string, provider: string): string => {
    const { integration: through, model: found } = resolveModel(configuration, key, { model, provider }, AT);
    return `${through.slug}: ${found.name}`;
  };

  it.each([
    ['@cf/meta/llama', '@any', 'any: @cf/meta/llama'],
    ['@strict/small', 'any', 'any: @strict/small'],
    ['@any/small', '@any', 'any: small'],
    ['small', '@strict', 'strict: small'],
  ])('has the name %j whole, unless it is an address of its own: %j', (model, provider, expected) =>
    expect(routed(model, provider)).toBe(expected),
  );

  it.each([
    ['@any/small', '@strict'],
    ['@any/small', '@nowhere'],
  ])('and that does not have it contradicts the address %j: %j', (model, provider) =>
    expect(() => routed(model, provider)).toThrow('name different providers'),
  );
});

describe('the join of decisions and catalog', () => {
  const price = (input: bigint, provider = 'openai'): ConfigurationChange => {
    const prices = { rates: { input: nanoUsdPerMillion(input) }, tiers: [] };
    return { kind: 'shared', value: { kind: 'price', provider, name: 'small', prices } };
  };
  const modelIn = (configuration: Configuration, model = '@a/small') =>
    resolveModel(configuration, key, { model }, AT).model;

  it('is made once for a model that is known, and anew for a changed integration', () => {
    const before = integration('a', decided({ selectedAt: 1n }));
    const configuration = configurationOf(before);
    expect(modelIn(configuration)).toBe(modelIn(configuration));
    configuration.apply({ kind: 'integration', value: { ...before, modelDecisions: decided({}) } });
    expect(() => modelIn(configuration)).toThrow('not allowed');
  });

  it('is made anew for a changed price or fact of its provider, and for no other', () => {
    const configuration = configurationOf(integration('a', decided({ selectedAt: 1n })));
    expect(modelIn(configuration).prices).toBeUndefined();
    configuration.apply(price(7n));
    expect(modelIn(configuration).prices?.rates.input).toBe(7n);
    const kept = modelIn(configuration);
    configuration.apply(price(8n, 'another'));
    expect(modelIn(configuration)).toBe(kept);
    configuration.apply({ kind: 'gone', id: 'price:openai/small' });
    expect(modelIn(configuration).prices).toBeUndefined();
    configuration.apply({ kind: 'gone', id: 'model:openai/small' });
    expect(() => modelIn(configuration)).toThrow('not allowed');
  });

  it('keeps nothing of names that callers make up', () => {
    const configuration = configurationOf(integration('a', decided({ autoEnable: true })));
    expect(modelIn(configuration, '@a/made-up')).not.toBe(modelIn(configuration, '@a/made-up'));
  });

  it('lists what is known', () => {
    const configuration = configurationOf(integration('a', decided({ autoEnable: true })));
    expect(callableModels(configuration, key, AT)).toEqual([{ id: '@a/small', provider: 'openai' }]);
  });
});

describe('a provision that ends', () => {
  const ending = (slug: string, expiresAt: Date): Configuration => {
    const configuration = configurationOf(integration(slug, decided({ autoEnable: true })));
    const [provision] = [...configuration.provisionsIn(workspace)];
    if (!provision) throw new Error('there is no provision');
    configuration.apply({ kind: 'provision', value: { ...provision, expiresAt } });
    return configuration;
  };
  const later = new Date(AT.getTime() + 1);

  it('serves until its end, and from then on to nobody, whatever the model is called by', () => {
    expect(resolved(ending('a', later), '@a/small')).toBe('@a/small');
    expect(resolved(ending('a', later), 'small')).toBe('@a/small');
    expect(() => resolved(ending('a', AT), '@a/small')).toThrow(
      "This workspace had '@a' until 2026-11-26T12:00:00.000Z.",
    );
    expect(() => resolved(ending('a', AT), 'small')).toThrow('not allowed');
  });

  it('is listed until its end', () => {
    expect(callableModels(ending('a', later), key, AT)).toHaveLength(1);
    expect(callableModels(ending('a', AT), key, AT)).toEqual([]);
  });
});

describe('a provision with a slug of its own', () => {
  const all = decided({ autoEnable: true });
  const named = (configuration: Configuration, of: string, slug: string): void => {
    const id = provisionId(deriveId('prv', of));
    configuration.apply({ kind: 'provisionName', value: { id: `name:${id}`, provisionId: id, slug } });
  };
  const ids = (configuration: Configuration, calling = key) =>
    callableModels(configuration, calling, AT).map(({ id }) => id);

  it('is called and listed by it, and by its integration’s no more', () => {
    const configuration = configurationOf(integration('a', all), integration('b', all));
    named(configuration, 'a', 'ours');
    expect(resolved(configuration, '@ours/small')).toBe('@a/small');
    expect(() => resolved(configuration, '@a/small')).toThrow('not provisioned');
    expect(ids(configuration)).toEqual(['@b/small', '@ours/small']);
    const calling: Key = { ...key, models: new Set(['@ours/small', '@a/small']) };
    expect(ids(configuration, calling)).toEqual(['@ours/small']);
    expect(() => resolved(configuration, 'small')).toThrow('@ours/small, @b/small');
  });

  it('is called by its integration’s again when it has none any more', () => {
    const configuration = configurationOf(integration('a', all));
    named(configuration, 'a', 'ours');
    configuration.apply({ kind: 'gone', id: `name:${deriveId('prv', 'a')}` });
    expect(resolved(configuration, '@a/small')).toBe('@a/small');
    expect(() => resolved(configuration, '@ours/small')).toThrow('There is no provider');
  });

  it('does not take the place of the integration that a slug means', () => {
    const configuration = configurationOf(integration('a', all), integration('b', all));
    named(configuration, 'a', 'b');
    expect(resolved(configuration, '@b/small')).toBe('@b/small');
  });
});
