import {
  apiKeyId,
  deriveId,
  integrationId,
  nanoUsdPerMillion,
  organizationId,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import { type ModelFacts, NOTHING_DECIDED } from '@gatehouse/offering';
import * as fc from 'fast-check';
import {
  Configuration,
  type ConfigurationChange,
  type Integration,
  integrationLimitsId,
  type Key,
  type Provision,
  provisionNameId,
  type Workspace,
} from './configuration';
import { PreparedWays } from './prepared-ways';
import { UNKNOWN_QUIRKS } from './quirks';
import { Refusal } from './refusal';
import { SURFACES } from './surfaces';
import { type Addressed, type Way, wayOf } from './way';

const ORGANIZATION = organizationId(deriveId('org', 'a'));
const WORKSPACES = ['a', 'b'].map((name) => workspaceId(deriveId('ws', name)));
const KEYS = ['a', 'b', 'c'];
const SLUGS = ['acme', 'azure', 'claude'];
const DIALECTS = ['openai', 'azure-openai', 'anthropic'];
const MODELS = ['small', 'large', '@acme/odd'];
const PROVIDERS = ['openai', 'other'];
const INTEGRATIONS = SLUGS.map((slug) => integrationId(deriveId('int', slug)));
const PROVISIONS = SLUGS.flatMap((slug) =>
  WORKSPACES.map((workspace) => ({ slug, workspace, id: provisionId(deriveId('prv', slug + workspace)) })),
);
/** Seconds from the beginning, of ends and of calls. */
const seconds = fc.integer({ min: 0, max: 6 });
const timeAt = (at: number): Date => new Date(1_700_000_000_000 + at * 1_000);

const scoped = fc.record({ revision: fc.bigInt({ min: 0n, max: 3n }), limited: fc.boolean() });
const names = fc.subarray(MODELS).map((all) => new Set(all));
/** Mostly not. */
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value as fc.Arbitrary<T | undefined> },
  );
const mostly = fc.integer({ min: 0, max: 4 }).map((at) => at > 0);

const integrations: fc.Arbitrary<Integration> = fc
  .record({
    at: fc.nat(SLUGS.length - 1),
    provider: fc.constantFrom(...PROVIDERS),
    enabled: mostly,
    auto: fc.boolean(),
    elsewhere: fc.boolean(),
    isDefault: fc.boolean(),
  })
  .map(({ at, provider, enabled, auto, elsewhere, isDefault }) => ({
    ...{ id: INTEGRATIONS[at]!, organizationId: ORGANIZATION, slug: SLUGS[at]!, provider, enabled },
    dialect: DIALECTS[at]!,
    baseUrl: `https://${SLUGS[at]}.example/v1`,
    modelHosts: new Map(elsewhere ? [['small', 'https://small.example']] : []),
    credentialVersion: 1,
    modelDecisions: {
      ...NOTHING_DECIDED,
      access: { ...NOTHING_DECIDED.access, selectedAt: 1n, autoEnable: auto },
    },
    deployments: new Map(
      DIALECTS[at] === 'azure-openai'
        ? [
            [
              'small',
              {
                alias: 'small',
                deploymentName: 'deployed',
                apiVersion: '2024-10-21',
                model: 'large',
                isDefault,
              },
            ],
          ]
        : [],
    ),
  }));

const provisions: fc.Arbitrary<Provision> = fc
  .record({
    of: fc.constantFrom(...PROVISIONS),
    enabled: mostly,
    allModels: mostly,
    modelNames: names,
    ends: sometimes(seconds),
    scoped,
  })
  .map(({ of, enabled, allModels, modelNames, ends, scoped: limits }) => ({
    id: of.id,
    organizationId: ORGANIZATION,
    workspaceId: of.workspace,
    integrationId: integrationId(deriveId('int', of.slug)),
    ...{ enabled, allModels, modelNames },
    ...(ends !== undefined && { expiresAt: timeAt(ends) }),
    ...limits,
  }));

const workspaces: fc.Arbitrary<Workspace> = fc
  .record({ id: fc.constantFrom(...WORKSPACES), scoped, keyTemplate: sometimes(scoped) })
  .map(({ id, scoped: limits, keyTemplate }) => ({
    ...{ id, organizationId: ORGANIZATION, archived: false, defaultMetadata: {} },
    ...limits,
    ...(keyTemplate && { keyTemplate }),
  }));

const keys: fc.Arbitrary<Key> = fc
  .record({
    name: fc.constantFrom(...KEYS),
    workspace: fc.constantFrom(...WORKSPACES),
    models: sometimes(fc.subarray(['@acme/small', '@azure/small', '@claude/large', '@mine/small'])),
    scoped,
  })
  .map(({ name, workspace, models, scoped: limits }) => ({
    ...{ id: apiKeyId(deriveId('key', name)), organizationId: ORGANIZATION, workspaceId: workspace },
    ...{ hash: name, scopes: new Set<string>() },
    ...(models && { models: new Set(models) }),
    ...limits,
  }));

const facts = (name: string, maxOutputTokens: bigint): ModelFacts => ({
  ...{ name, kind: 'chat', capabilities: [], listedSince: 1n, withdrawn: false, maxOutputTokens },
});

const shared: fc.Arbitrary<ConfigurationChange> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...PROVIDERS), fc.constantFrom(...MODELS), fc.constantFrom(100n, 200n))
    .map(([provider, name, most]): ConfigurationChange => {
      return { kind: 'shared', value: { kind: 'model', provider, facts: facts(name, most) } };
    }),
  fc
    .tuple(fc.constantFrom(...PROVIDERS), fc.constantFrom(...MODELS), fc.bigInt({ min: 1n, max: 3n }))
    .map(([provider, name, price]): ConfigurationChange => {
      const rates = { input: nanoUsdPerMillion(price), output: nanoUsdPerMillion(price) };
      return { kind: 'shared', value: { kind: 'price', provider, name, prices: { rates, tiers: [] } } };
    }),
  fc.tuple(fc.constantFrom(...PROVIDERS), fc.boolean()).map(([name, strict]): ConfigurationChange => {
    return { kind: 'shared', value: { kind: 'provider', name, quirks: { ...UNKNOWN_QUIRKS, strict } } };
  }),
);

const gone = fc.constantFrom(
  ...[...INTEGRATIONS, ...WORKSPACES, ...PROVISIONS.map(({ id }) => id), ORGANIZATION],
  ...KEYS.map((name) => deriveId('key', name)),
  ...PROVISIONS.map(({ id }) => provisionNameId(id)),
  ...INTEGRATIONS.map(integrationLimitsId),
  ...PROVIDERS.flatMap((provider) => MODELS.map((name) => `model:${provider}/${name}`)),
);

const changes: fc.Arbitrary<ConfigurationChange> = fc.oneof(
  integrations.map((value): ConfigurationChange => ({ kind: 'integration', value })),
  provisions.map((value): ConfigurationChange => ({ kind: 'provision', value })),
  workspaces.map((value): ConfigurationChange => ({ kind: 'workspace', value })),
  keys.map((value): ConfigurationChange => ({ kind: 'key', value })),
  shared,
  scoped.map((value): ConfigurationChange => {
    return { kind: 'organization', value: { id: ORGANIZATION, ...value } };
  }),
  fc.tuple(fc.constantFrom(...INTEGRATIONS), scoped).map(([of, value]): ConfigurationChange => {
    const id = integrationLimitsId(of);
    return {
      kind: 'integrationLimits',
      value: { id, organizationId: ORGANIZATION, integrationId: of, ...value },
    };
  }),
  fc.constantFrom(...PROVISIONS).map(({ id }): ConfigurationChange => {
    return { kind: 'provisionName', value: { id: provisionNameId(id), provisionId: id, slug: 'mine' } };
  }),
  gone.map((id): ConfigurationChange => ({ kind: 'gone', id })),
  gone.map((id): ConfigurationChange => ({ kind: 'unreadable', id })),
);

interface Called {
  readonly key: string;
  readonly address: Addressed;
  readonly at: number;
}

const calls: fc.Arbitrary<Called> = fc.record({
  key: fc.constantFrom(...KEYS),
  address: fc.record({
    model: fc.constantFrom(
      ...['small', 'large', 'unknown', '', '@acme/small', '@acme/odd', '@acme/@acme/odd', '@acme/unknown'],
      ...['@azure/small', '@azure', '@claude/large', '@mine/small', '@nobody/small'],
    ),
    provider: sometimes(fc.constantFrom('', 'acme', '@acme', '@azure', 'claude', '@mine')),
    surface: fc.constantFrom(SURFACES['openai-chat'], ...Object.values(SURFACES)),
  }),
  at: seconds,
});

type Step =
  | { readonly kind: 'change'; readonly change: ConfigurationChange }
  /** All that is known so far comes as a snapshot, without what is left out. */
  | { readonly kind: 'snapshot'; readonly without: number }
  | { readonly kind: 'beyond'; readonly entry: string; readonly governed: string | undefined }
  | { readonly kind: 'withoutStreamOptions'; readonly integration: string }
  | { readonly kind: 'call'; readonly call: Called };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: changes.map((change): Step => ({ kind: 'change', change })) },
  { weight: 8, arbitrary: calls.map((call): Step => ({ kind: 'call', call })) },
  { weight: 1, arbitrary: fc.nat(40).map((without): Step => ({ kind: 'snapshot', without })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('one', 'other'), sometimes(gone))
      .map(([entry, governed]): Step => ({ kind: 'beyond', entry, governed })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...INTEGRATIONS)
      .map((integration): Step => ({ kind: 'withoutStreamOptions', integration })),
  },
);

/** What is there before anything changes: calls would be refused for a long time otherwise. */
const BEGUN: readonly ConfigurationChange[] = [
  ...PROVIDERS.flatMap((provider) =>
    MODELS.map((name): ConfigurationChange => {
      return { kind: 'shared', value: { kind: 'model', provider, facts: facts(name, 100n) } };
    }),
  ),
  ...fc.sample(integrations, { numRuns: 30, seed: 1 }).map((value): ConfigurationChange => {
    return { kind: 'integration', value: { ...value, enabled: true } };
  }),
  ...fc.sample(provisions, { numRuns: 60, seed: 2 }).map((value): ConfigurationChange => {
    return { kind: 'provision', value: { ...value, enabled: true } };
  }),
  ...fc.sample(workspaces, { numRuns: 20, seed: 3 }).map((value): ConfigurationChange => {
    return { kind: 'workspace', value };
  }),
  ...fc.sample(keys, { numRuns: 20, seed: 4 }).map((value): ConfigurationChange => ({ kind: 'key', value })),
];

const configurationOf = (all: readonly ConfigurationChange[]): Configuration => {
  const configuration = new Configuration();
  for (const change of all) configuration.apply(change);
  return configuration;
};

/** All that a way says, or what refuses it. */
const told = (find: () => Way): unknown => {
  const orRefusal = <T>(from: () => T): unknown => {
    try {
      return from();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { code: error.code, message: error.message, details: error.details };
    }
  };
  return orRefusal(() => {
    const way = find();
    const { route, dialect, passage, callee, baseUrl, modelId } = way;
    const place = way.placeOf('/operation');
    return { route, dialect, passage, callee, baseUrl, modelId, place, scopes: orRefusal(() => way.scopes) };
  });
};

/** How often a way was kept and found again, over all runs. */
let foundAgain = 0;

const play = (all: readonly Step[]): void => {
  const ways = new PreparedWays();
  const without = new Set<string>();
  const applied = [...BEGUN];
  const key = new Map<string, Key>();
  let configuration = configurationOf(applied);
  for (const step of all) {
    switch (step.kind) {
      case 'change':
        applied.push(step.change);
        configuration.apply(step.change);
        break;
      case 'snapshot':
        applied.splice(step.without, 1);
        configuration = configurationOf(applied);
        break;
      case 'beyond':
        configuration.noteGovernedBeyond(step.entry, step.governed);
        break;
      case 'withoutStreamOptions':
        without.add(step.integration);
        ways.noteWithoutStreamOptions(step.integration);
        break;
      case 'call': {
        const { call } = step;
        const at = timeAt(call.at);
        // A key that has gone meanwhile may be that of a request that is on its way.
        const ofCall = configuration.keyOf(call.key, at) ?? key.get(call.key);
        if (!ofCall) break;
        key.set(call.key, ofCall);
        const prepared = (): Way => ways.of(configuration, ofCall, call.address, at);
        const anew = told(() => wayOf(configuration, ofCall, call.address, at, without));
        expect(told(prepared)).toEqual(anew);
        expect(told(prepared)).toEqual(anew);
        if (typeof anew === 'object' && anew !== null && 'route' in anew && prepared() === prepared())
          foundAgain++;
      }
    }
  }
};

describe('prepared ways', () => {
  it('are those that are found anew, whatever changes in between', () => {
    fc.assert(fc.property(fc.array(steps, { minLength: 20, maxLength: 60 }), play), { numRuns: 150 });
    expect(foundAgain).toBeGreaterThan(150);
  });

  const key = {
    id: apiKeyId(deriveId('key', 'a')),
    organizationId: ORGANIZATION,
    workspaceId: WORKSPACES[0]!,
  };
  const open = (change: Partial<Provision> = {}): Configuration =>
    configurationOf([
      { kind: 'shared', value: { kind: 'model', provider: 'openai', facts: facts('small', 100n) } },
      {
        kind: 'integration',
        value: {
          ...fc.sample(integrations, { numRuns: 1, seed: 5 })[0]!,
          ...{ id: INTEGRATIONS[0]!, slug: 'acme', dialect: 'openai', provider: 'openai', enabled: true },
          modelDecisions: {
            ...NOTHING_DECIDED,
            access: { ...NOTHING_DECIDED.access, selectedAt: 1n, autoEnable: true },
          },
          deployments: new Map(),
        },
      },
      {
        kind: 'provision',
        value: {
          ...{ id: PROVISIONS[0]!.id, organizationId: ORGANIZATION, workspaceId: WORKSPACES[0]! },
          ...{
            integrationId: INTEGRATIONS[0]!,
            enabled: true,
            allModels: true,
            modelNames: new Set<string>(),
          },
          ...{ revision: 0n, limited: false },
          ...change,
        },
      },
    ]);
  const address = (model: string): Addressed => ({ model, surface: SURFACES['openai-chat'] });
  const owner = { ...key, hash: 'a', scopes: new Set<string>(), revision: 0n, limited: false };

  it('are found once, until the configuration changes', () => {
    const [ways, configuration] = [new PreparedWays(), open()];
    const of = (): Way => ways.of(configuration, owner, address('@acme/small'), timeAt(0));
    const first = of();
    expect(of()).toBe(first);
    configuration.apply({ kind: 'shared', value: { kind: 'priceBook', version: 2n } });
    expect(of()).not.toBe(first);
  });

  it('are of one configuration: a snapshot begins anew, however many changes it is made of', () => {
    const ways = new PreparedWays();
    const from = (configuration: Configuration): Way =>
      ways.of(configuration, owner, address('@acme/small'), timeAt(0));
    expect(from(open({ revision: 1n })).route.provision.revision).toBe(1n);
    expect(from(open({ revision: 2n })).route.provision.revision).toBe(2n);
  });

  it('go elsewhere once another provision has ended, and back where the clock is set back', () => {
    const [ways, configuration] = [new PreparedWays(), open({ expiresAt: timeAt(3) })];
    const [acme, azure] = [INTEGRATIONS[0]!, INTEGRATIONS[1]!];
    configuration.apply({
      kind: 'integration',
      value: { ...configuration.integrationOf(acme)!, id: azure, slug: 'azure' },
    });
    const [provision] = [...configuration.provisionsIn(WORKSPACES[0]!)];
    configuration.apply({
      kind: 'provision',
      value: { ...provision!, id: PROVISIONS[2]!.id, integrationId: azure, expiresAt: timeAt(5) },
    });
    const at = (seconds: number) => (): Way =>
      ways.of(configuration, owner, address('small'), timeAt(seconds));
    expect(at(2)).toThrow('Several providers');
    expect(at(3)().route.integration.id).toBe(azure);
    expect(at(2)).toThrow('Several providers');
    expect(at(5)).toThrow('not allowed');
  });

  it('end with the provision, to the millisecond, and are there again when the clock is set back', () => {
    const [ways, configuration] = [new PreparedWays(), open({ expiresAt: timeAt(3) })];
    const at = (ms: number) => (): Way =>
      ways.of(configuration, owner, address('@acme/small'), new Date(timeAt(3).getTime() + ms));
    expect(at(-1)).not.toThrow();
    expect(at(0)).toThrow('until');
    expect(at(-1)).not.toThrow();
  });

  it('are not kept of models that nobody knows, nor more of them than there is room for', () => {
    const [ways, configuration] = [new PreparedWays(1), open()];
    const of = (model: string): Way => ways.of(configuration, owner, address(model), timeAt(0));
    expect(of('@acme/anything')).not.toBe(of('@acme/anything'));
    const first = of('@acme/small');
    expect(of('@acme/small')).toBe(first);
    expect(of('small')).toBe(of('small'));
    expect(of('@acme/small')).not.toBe(first);
  });
});
