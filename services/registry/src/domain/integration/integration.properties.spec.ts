import { AppError, deriveId, nanoUsdPerMillion, workspaceId } from '@gatehouse/kernel';
import fc from 'fast-check';
import type { ChangeModelAccess } from './change-model-access';
import type { DeletedIntegration, Integration } from './integration';
import { type IntegrationCommand, integrationDecider } from './integration.decider';
import type { IntegrationEvent } from './integration.events';
import { customModel, deployment, details, id, settings } from './testing/integration-history';

const command: fc.Arbitrary<IntegrationCommand> = fc.oneof(
  fc.record({
    type: fc.constant('ConnectIntegration' as const),
    details: fc.constant(details),
    description: fc.constantFrom('', 'What for'),
  }),
  fc
    .constantFrom('AbandonConnect', 'DisableIntegration', 'EnableIntegration')
    .map((type) => ({ type, integrationId: id })),
  fc
    .constantFrom(undefined, 0, 1)
    .map((workspaces) =>
      workspaces === undefined ? undefined : { workspaces, apiKeys: 0, callsLast7Days: 0n },
    )
    .map(
      (dependents) =>
        ({ type: 'DeleteIntegration', integrationId: id, dependents, keyIds: ['ik_a', 'ik_b'] }) as const,
    ),
  fc
    .record({
      keyId: fc.constantFrom('ik_a', 'ik_b', 'ik_c'),
      scheduledFor: fc.constantFrom(undefined, new Date(1), new Date(2)),
    })
    .map((key) => ({ type: 'RecordKeyDestruction', integrationId: id, ...key }) as const),
  fc
    .record({ credentialVersion: fc.integer({ min: 1, max: 4 }), works: fc.boolean() })
    .map((judged) => ({ type: 'JudgeCredential', integrationId: id, ...judged }) as const),
  fc.constantFrom('a', 'b').map((name) => ({ type: 'RenameIntegration', integrationId: id, name }) as const),
  fc
    .constantFrom('', 'a')
    .map((description) => ({ type: 'DescribeIntegration', integrationId: id, description }) as const),
  fc
    .record({
      credentialVersion: fc.integer({ min: 1, max: 4 }),
      credentialExpiresAt: fc.constantFrom(undefined, new Date(1), new Date(2)),
    })
    .map(
      (given) =>
        ({
          type: 'RotateCredential',
          integrationId: id,
          ...given,
          credentialFingerprint: '0000000000000001',
          references: {},
        }) as const,
    ),
);

const reconfigure: fc.Arbitrary<IntegrationCommand> = fc
  .record({
    baseUrl: fc.constantFrom('https://api.openai.com/v1', 'https://api.openai.com/v2'),
    headerNames: fc.constantFrom<string[]>([], ['x-team']),
    missingOrigins: fc.constantFrom<string[]>([], ['https://eu.example.com:443']),
    version: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  })
  .map(({ baseUrl, headerNames, missingOrigins, version }) => ({
    type: 'ReconfigureIntegration',
    integrationId: id,
    settings: { ...settings, baseUrl, headerNames },
    missingOrigins,
    credential:
      version === undefined
        ? undefined
        : {
            credentialVersion: version,
            credentialFingerprint: '0000000000000001',
            references: {},
            credentialExpiresAt: undefined,
          },
  }));

const deploymentCommand: fc.Arbitrary<IntegrationCommand> = fc
  .record({
    alias: fc.constantFrom('a', 'b', 'c'),
    model: fc.constantFrom('x', 'y'),
    isDefault: fc.boolean(),
  })
  .chain(({ alias, model, isDefault }) => {
    const whole = { ...deployment(alias, isDefault), model };
    return fc.oneof(
      fc
        .constantFrom('AddDeployment', 'ChangeDeployment')
        .map((type) => ({ type, integrationId: id, deployment: whole })),
      fc
        .constantFrom('RemoveDeployment', 'SetDefaultDeployment')
        .map((type) => ({ type, integrationId: id, alias })),
    );
  });

const azure: IntegrationCommand = {
  type: 'ConnectIntegration',
  details: { ...details, dialect: 'azure-openai' },
  description: '',
};

const workspace = workspaceId(deriveId('ws', 'a'));
const connectWithWorkspaces: IntegrationCommand = {
  type: 'ConnectIntegration',
  details: {
    ...details,
    workspaces: [{ workspaceId: workspace, limits: [], models: { all: true }, disabled: false }],
  },
  description: '',
};
const outcome: fc.Arbitrary<IntegrationCommand> = fc.constantFrom<IntegrationCommand[]>(
  connectWithWorkspaces,
  { type: 'CompleteConnect', integrationId: id },
  {
    type: 'RefuseConnect',
    integrationId: id,
    workspaceId: workspace,
    reason: 'WORKSPACE_UNKNOWN',
    keyIds: [],
  },
);

const name = fc.constantFrom('a', 'b', 'c');
const names = fc.uniqueArray(name, { maxLength: 2 });
const prices = fc
  .constantFrom(0n, 1n)
  .map((input) => ({ rates: { input: nanoUsdPerMillion(input) }, tiers: [] }));

const modelCommand: fc.Arbitrary<IntegrationCommand> = fc.oneof(
  fc
    .record({
      selection: fc.constantFrom(undefined, { kind: 'none' }, { kind: 'all', selectedAt: 1n }),
      autoEnable: fc.constantFrom(undefined, true, false),
      allow: names,
      revoke: names,
    })
    .filter(({ allow, revoke }) => !allow.some((one) => revoke.includes(one)))
    .map((asked) => ({ type: 'ChangeModelAccess', integrationId: id, ...asked }) as ChangeModelAccess),
  fc
    .tuple(name, fc.constantFrom(20n, 30n))
    .map(([one, contextWindow]) => customModel(one, { contextWindow }))
    .map((model) => ({ type: 'DefineCustomModel', integrationId: id, model, baseIsListed: true }) as const),
  name.map((one) => ({ type: 'RemoveCustomModel', integrationId: id, name: one }) as const),
  fc
    .tuple(name, prices)
    .map(([model, some]) => ({ type: 'OverridePrice', integrationId: id, model, prices: some }) as const),
  name.map((model) => ({ type: 'RemovePriceOverride', integrationId: id, model }) as const),
  fc
    .constantFrom(8_000n, 10_000n)
    .map((priceMultiplier) => ({ type: 'SetPriceMultiplier', integrationId: id, priceMultiplier }) as const),
);

const decided = (one: IntegrationCommand, state: Integration): readonly IntegrationEvent[] => {
  try {
    return integrationDecider.decide(one, state);
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
};

/** What every command of a sequence found and left. */
const walk = (commands: readonly IntegrationCommand[]) => {
  let state = integrationDecider.initial;
  return commands.map((asked) => {
    const before = state;
    const events = decided(asked, before);
    state = events.reduce(integrationDecider.evolve, before);
    return { asked, before, events, after: state };
  });
};

const everyStep = (holds: (step: ReturnType<typeof walk>[number]) => void): void =>
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          { weight: 4, arbitrary: command },
          { weight: 4, arbitrary: modelCommand },
          reconfigure,
          outcome,
        ),
        { maxLength: 30 },
      ),
      (commands) => {
        for (const step of walk(commands)) holds(step);
      },
    ),
  );

describe('whatever is done to deployments', () => {
  const everyDeploymentStep = (holds: (step: ReturnType<typeof walk>[number]) => void): void =>
    fc.assert(
      fc.property(fc.array(deploymentCommand, { maxLength: 30 }), (commands) => {
        for (const step of walk([azure, ...commands])) holds(step);
      }),
    );
  const deploymentsOf = (state: Integration) => ('details' in state ? state.details.deployments : []);

  test('exactly one is the default, where there are any, and no alias stands twice', () =>
    everyDeploymentStep(({ after }) => {
      const deployments = deploymentsOf(after);
      const defaults = deployments.filter(({ isDefault }) => isDefault);
      expect(defaults).toHaveLength(deployments.length === 0 ? 0 : 1);
      expect(new Set(deployments.map(({ alias }) => alias)).size).toBe(deployments.length);
    }));

  test('what is recorded changes something, and asked again nothing more', () =>
    everyDeploymentStep(({ asked, before, events, after }) => {
      expect(events.length).toBeLessThanOrEqual(1);
      if (events.length > 0) expect(after).not.toEqual(before);
      if (asked.type !== 'RemoveDeployment') expect(decided(asked, after)).toEqual([]);
    }));
});

describe('whatever is commanded, in whatever order', () => {
  test('a command records one event or none, but for a change of model access, and what is said of an integration as it is connected', () =>
    everyStep(({ asked, events }) => {
      if (asked.type === 'ConnectIntegration') expect(events.length).toBeLessThanOrEqual(2);
      else if (asked.type !== 'ChangeModelAccess') expect(events.length).toBeLessThanOrEqual(1);
    }));

  test('a credential is judged while it is the current one, and is not rejected before it was', () =>
    everyStep(({ asked, events, after }) => {
      if (asked.type !== 'JudgeCredential' || events.length === 0 || after.status !== 'connected') return;
      expect(after.details.credentialVersion).toBe(asked.credentialVersion);
      expect(after.credentialRejected).toBe(!asked.works);
    }));

  test('what is recorded changes something', () =>
    everyStep(({ before, events, after }) => {
      if (events.length > 0) expect(after).not.toEqual(before);
    }));

  test('asked at once again, nothing more is recorded', () =>
    everyStep(({ asked, after }) => expect(decided(asked, after)).toEqual([])));

  test('what has ended stays so', () =>
    everyStep(({ before, after }) => {
      if (before.status === 'abandoned') expect(after).toEqual(before);
      if (before.status !== 'deleted') return;
      const { keysLeft, keysDestroyedBy } = after as DeletedIntegration;
      expect(after).toEqual({ ...before, keysLeft, keysDestroyedBy });
      expect(before.keysLeft).toEqual(expect.arrayContaining([...keysLeft]));
    }));

  test('a key is left until its destruction is recorded, which happens once', () => {
    everyStep(({ before, events, after }) => {
      const [event] = events;
      if (event?.type !== 'IntegrationKeyDestroyed') return;
      expect(before).toMatchObject({ status: 'deleted', keysLeft: expect.arrayContaining([event.keyId]) });
      expect((after as DeletedIntegration).keysLeft).not.toContain(event.keyId);
    });
  });

  test('what workspaces have is not deleted by the way', () =>
    everyStep(({ asked, events }) => {
      if (asked.type === 'DeleteIntegration' && asked.dependents?.workspaces) expect(events).toEqual([]);
    }));

  test('what is connecting serves when its workspaces have it, and by nothing else', () =>
    everyStep(({ asked, before, after }) => {
      if (before.status !== 'connected' || !before.connecting || after.status !== 'connected') return;
      expect(after.connecting).toBe(asked.type !== 'CompleteConnect');
    }));

  test('only enabling makes a disabled one serve', () =>
    everyStep(({ asked, before, after }) => {
      if (before.status !== 'connected' || before.enabled || after.status !== 'connected') return;
      expect(after.enabled).toBe(asked.type === 'EnableIntegration');
    }));

  test('credentials are counted without a gap, by who gives one alone', () =>
    everyStep(({ asked, before, after }) => {
      if (!('details' in before) || !('details' in after)) return;
      const steps = after.details.credentialVersion - before.details.credentialVersion;
      const gives =
        asked.type === 'RotateCredential' ||
        (asked.type === 'ReconfigureIntegration' && asked.credential !== undefined);
      expect(steps === 0 || (steps === 1 && gives)).toBe(true);
    }));

  test('what is said of a credential is said of that one alone', () =>
    everyStep(({ asked, before, after }) => {
      if (!('details' in before) || !('details' in after)) return;
      const { credentialVersion, credentialExpiresAt } = after.details;
      const isAnother = credentialVersion !== before.details.credentialVersion;
      const said = asked.type === 'RotateCredential' ? asked.credentialExpiresAt : undefined;
      expect(credentialExpiresAt).toEqual(isAnother ? said : before.details.credentialExpiresAt);
    }));

  test('it is called nowhere that its credential is not sealed for', () =>
    everyStep(({ asked, before, after }) => {
      if (asked.type !== 'ReconfigureIntegration' || asked.missingOrigins.length === 0) return;
      if (!('details' in before) || !('details' in after)) return;
      expect(after.details.credentialVersion > before.details.credentialVersion || after === before).toBe(
        true,
      );
    }));

  test('no model is both allowed and revoked, and custom models have names of their own', () =>
    everyStep(({ after }) => {
      if (!('details' in after)) return;
      const { access, customModels } = after.details.modelDecisions;
      expect([...access.allowed].filter((one) => access.revoked.has(one))).toEqual([]);
      for (const [one, model] of customModels) expect(model.name).toBe(one);
    }));

  test('what is commanded of models is so', () =>
    everyStep(({ asked, after }) => {
      if (after.status !== 'connected') return;
      const { access, customModels, priceOverrides } = after.details.modelDecisions;
      if (asked.type === 'ChangeModelAccess') {
        expect(asked.allow.every((one) => access.allowed.has(one))).toBe(true);
        expect(asked.revoke.every((one) => access.revoked.has(one))).toBe(true);
        if (asked.selection?.kind === 'none')
          expect([...access.allowed].sort()).toEqual([...asked.allow].sort());
      }
      if (asked.type === 'DefineCustomModel') expect(customModels.get(asked.model.name)).toEqual(asked.model);
      if (asked.type === 'RemoveCustomModel') expect(customModels.has(asked.name)).toBe(false);
      if (asked.type === 'OverridePrice') expect(priceOverrides.get(asked.model)).toEqual(asked.prices);
    }));
});
