import {
  deriveId,
  integrationId,
  organizationId,
  workspaceId,
  apiKeyId,
  provisionId,
} from '@gatehouse/kernel';
import { type ModelFacts, NOTHING_DECIDED } from '@gatehouse/offering';
import { Configuration, type Integration, type Provision } from './configuration';
import { Refusal } from './refusal';
import { callableModels, type ModelAddress, resolveModel } from './resolve-model';

const organization = organizationId(deriveId('org', 'o'));
const workspace = workspaceId(deriveId('ws', 'w'));
const id = integrationId(deriveId('int', 'i'));
const key = {
  id: apiKeyId(deriveId('key', 'k')),
  organizationId: organization,
  workspaceId: workspace,
  hash: '00',
  scopes: new Set<string>(),
  revision: 0n,
  limited: false,
};
const deployment = (alias: string, model: string, isDefault = false) => ({
  alias,
  deploymentName: `${alias}-at-azure`,
  apiVersion: '2024-10-21',
  model,
  isDefault,
});
const facts: ModelFacts = {
  name: 'gpt-4o',
  kind: 'chat',
  capabilities: [],
  listedSince: 1n,
  withdrawn: false,
};
const azure: Integration = {
  id,
  organizationId: organization,
  slug: 'azure',
  provider: 'azure-openai',
  dialect: 'azure-openai',
  baseUrl: 'https://r.openai.azure.com/openai',
  modelHosts: new Map(),
  credentialVersion: 1,
  modelDecisions: {
    ...NOTHING_DECIDED,
    access: { ...NOTHING_DECIDED.access, selectedAt: 1n, revoked: new Set(['gone']) },
  },
  deployments: new Map(
    [deployment('fast', 'gpt-4o', true), deployment('slow', 'gpt-4o'), deployment('gone', 'gpt-4o')].map(
      (one) => [one.alias, one],
    ),
  ),
  enabled: true,
};
const provision: Provision = {
  id: provisionId(deriveId('prv', 'p')),
  organizationId: organization,
  workspaceId: workspace,
  integrationId: id,
  enabled: true,
  allModels: true,
  modelNames: new Set<string>(),
  revision: 0n,
  limited: false,
};

const NOW = new Date('2026-11-26');
interface Change {
  readonly integration?: Partial<Integration>;
  readonly provision?: Partial<Provision>;
}

const configured = (change: Change): Configuration => {
  const configuration = new Configuration();
  configuration.apply({ kind: 'shared', value: { kind: 'model', provider: 'azure-openai', facts } });
  configuration.apply({ kind: 'integration', value: { ...azure, ...change.integration } });
  configuration.apply({ kind: 'provision', value: { ...provision, ...change.provision } });
  return configuration;
};

/** By which deployment it goes, or else by which model; or the code of its refusal. */
const outcome = (address: ModelAddress, change: Change = {}): string => {
  const configuration = configured(change);
  try {
    const { deployment, model } = resolveModel(configuration, key, address, NOW);
    return deployment?.alias ?? model.name;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

describe('models that are called by their deployments', () => {
  it.each<[string, ModelAddress, string]>([
    ['an alias', { model: '@azure/slow' }, 'slow'],
    ['an alias with the header', { model: 'slow', provider: '@azure' }, 'slow'],
    ['a bare alias', { model: 'slow' }, 'slow'],
    ['the integration alone', { model: '@azure' }, 'fast'],
    ['the header alone', { model: '', provider: 'azure' }, 'fast'],
    ['an unknown alias', { model: '@azure/none' }, 'unknown_deployment'],
    ['the name of a model', { model: '@azure/gpt-4o' }, 'unknown_deployment'],
    ['a deployment that is not offered', { model: '@azure/gone' }, 'model_not_allowed'],
    ['no alias after the slash', { model: '@azure/' }, 'invalid_request'],
    ['nothing', { model: '@' }, 'invalid_request'],
  ])('%s', (_what, address, expected) => expect(outcome(address)).toBe(expected));

  it('are allowed to a workspace by alias', () => {
    const narrowed = { provision: { allModels: false, modelNames: new Set(['slow']) } };
    expect(outcome({ model: '@azure/slow' }, narrowed)).toBe('slow');
    expect(outcome({ model: '@azure/fast' }, narrowed)).toBe('model_not_allowed');
    expect(outcome({ model: '@azure' }, narrowed)).toBe('model_not_allowed');
  });

  it('are listed by alias, as far as the workspace may call them', () => {
    const listedTo = (change: Partial<Provision>) =>
      callableModels(configured({ provision: change }), key, NOW).map(({ id: listed }) => listed);
    expect(listedTo({})).toEqual(['@azure/fast', '@azure/slow']);
    expect(listedTo({ allModels: false, modelNames: new Set(['slow', 'gone', 'gpt-4o']) })).toEqual([
      '@azure/slow',
    ]);
  });

  it('have no default where there is none', () =>
    expect(outcome({ model: '@azure' }, { integration: { deployments: new Map() } })).toBe(
      'unknown_deployment',
    ));

  it('are those of that language alone', () => {
    const openai = { integration: { dialect: 'openai' } };
    expect(outcome({ model: '@azure/gpt-4o' }, openai)).toBe('gpt-4o');
    expect(outcome({ model: '@azure' }, openai)).toBe('invalid_request');
    expect(outcome({ model: '', provider: 'azure' }, openai)).toBe('invalid_request');
  });
});
