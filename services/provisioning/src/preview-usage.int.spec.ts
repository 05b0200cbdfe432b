import { meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import {
  asked,
  type Clients,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

type Command = NonNullable<provisioningV1.ProposedCommand['command']>;

const monthly = { period: typeV1.ResetPeriod.MONTHLY, everyDays: 0 };
const TOKENS = typeV1.Limit.fromPartial({
  kind: { $case: 'budget', value: { amount: { $case: 'tokens', value: 100n }, reset: monthly } },
});
const SMALL = { all: false, names: ['small'] };

describe('a preview says how the usage of the last period would have fared', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let workspaceId: string;
  let integrationId: string;
  /** Of which the workspace has no provision. */
  let other: string;
  let provisionId: string;
  let apiKeyId: string;

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
    const { admin } = acme;
    const { workspace } = await admin.workspaces.createWorkspace(workspaceRequest({ name: 'First' }));
    workspaceId = workspace?.id ?? '';
    integrationId = await bench.connect(acme.organizationId, 'main');
    other = await bench.connect(acme.organizationId, 'other');
    const request = asked({ integrationId, workspaceId, atLeastPosition: '1' });
    const { provision } = await admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(request),
    );
    provisionId = provision?.id ?? '';
    const wanted = { name: 'key', role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId };
    apiKeyId = (await admin.keys.issueApiKey(issueRequest(wanted))).apiKey?.id ?? '';
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(() => {
    bench.metering.replays.splice(0);
    bench.metering.replay = { limits: [], models: undefined };
  });

  const preview = (
    command: Command,
    by: Clients = acme.admin,
    part: { pageSize?: number; skip?: number } = {},
  ) =>
    by.previews.previewCommand(
      provisioningV1.PreviewCommandRequest.fromPartial({ command: { command }, ...part }),
    );
  const limited = (): Command => ({
    $case: 'changeProvisionLimits',
    value: { ...asked({ provisionId, limits: [TOKENS] }) },
  });

  it('in what metering answers, by the limits as they would be recorded', async () => {
    const period = { from: new Date('2026-10-01T00:00:00Z'), until: new Date('2026-11-01T00:00:00Z') };
    const ranOut = {
      ranOutAfter: new Date('2026-10-20T14:03:00Z'),
      ranOutBefore: new Date('2026-10-20T14:04:00Z'),
    };
    const limit = { ...TOKENS, id: 'lim_00000000000000000000000000' };
    const replay = typeV1.UsageReplay.fromPartial({
      limits: [
        {
          limit,
          ...period,
          requests: 7n,
          spent: 120n,
          refusedMin: 1n,
          refusedMax: 2n,
          ...ranOut,
          unknownRequests: 1n,
        },
        { limit, ...period, requests: 7n, spent: 90n },
      ],
      models: { ...period, requests: 7n, refused: 3n, models: [{ model: 'large', requests: 3n }] },
    });
    bench.metering.replay = replay;
    const { usage, usageUnknown, events } = await preview(limited());
    expect([usage, usageUnknown]).toEqual([replay, false]);
    const [{ limits = [] } = {}] = bench.metering.replays;
    expect(bench.metering.replays).toEqual([
      meteringV1.ReplayUsageRequest.fromPartial({ organizationId: acme.organizationId, provisionId, limits }),
    ]);
    const recorded = JSON.parse(events[0]?.dataJson ?? '') as { limits: unknown[] };
    expect(limits.map(typeV1.Limit.toJSON)).toEqual(recorded.limits);
  });

  it.each<[string, () => Command, () => Partial<meteringV1.ReplayUsageRequest>]>([
    [
      'a provision in a workspace, by what that called of the integration',
      () => ({
        $case: 'provisionIntegration',
        value: provisioningV1.ProvisionIntegrationRequest.fromPartial(
          asked({ workspaceId, integrationId: other, limits: [TOKENS], models: SMALL, atLeastPosition: '1' }),
        ),
      }),
      () => ({ workspaceId, integrationId: other, models: { names: ['small'] } }),
    ],
    [
      'models of a provision',
      () => ({ $case: 'allowModels', value: { ...asked({ provisionId, models: SMALL }) } }),
      () => ({ provisionId, models: { names: ['small'] }, limits: [] }),
    ],
    [
      'limits of a workspace',
      () => ({ $case: 'changeWorkspaceLimits', value: { ...asked({ workspaceId, limits: [TOKENS] }) } }),
      () => ({ workspaceId }),
    ],
    [
      'limits of each key of a workspace',
      () => ({
        $case: 'changeLimits',
        value: provisioningV1.ChangeLimitsRequest.fromPartial(
          asked({ holder: { holder: { $case: 'keysOfWorkspaceId', value: workspaceId } }, limits: [TOKENS] }),
        ),
      }),
      () => ({ workspaceId, eachKey: true }),
    ],
    [
      'limits of a key',
      () => ({ $case: 'changeApiKeyLimits', value: { ...asked({ apiKeyId, limits: [TOKENS] }) } }),
      () => ({ apiKeyId }),
    ],
    [
      'limits of an integration',
      () => ({
        $case: 'changeLimits',
        value: provisioningV1.ChangeLimitsRequest.fromPartial(
          asked({ holder: { holder: { $case: 'integrationId', value: integrationId } }, limits: [TOKENS] }),
        ),
      }),
      () => ({ integrationId }),
    ],
    [
      'limits of the organization',
      () => ({
        $case: 'changeLimits',
        value: provisioningV1.ChangeLimitsRequest.fromPartial(
          asked({
            holder: { holder: { $case: 'organization', value: {} } },
            limits: [TOKENS],
          }),
        ),
      }),
      () => ({}),
    ],
  ])('of %s', async (_what, command, whose) => {
    const { usage } = await preview(command());
    expect(usage).toEqual({ limits: [], models: undefined });
    const limits = [{ ...TOKENS, id: expect.stringMatching(/^lim_/) }];
    expect(bench.metering.replays).toEqual([
      {
        ...meteringV1.ReplayUsageRequest.fromPartial({ organizationId: acme.organizationId }),
        ...{ limits, ...whose() },
      },
    ]);
  });

  describe('of many workspaces, each by itself', () => {
    /** Has no provision of the integration. */
    let second: string;

    beforeAll(async () => {
      const made = await acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Second' }));
      second = made.workspace?.id ?? '';
      const gone = await acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Gone' }));
      await acme.admin.workspaces.archiveWorkspace(
        provisioningV1.ArchiveWorkspaceRequest.fromPartial(asked({ workspaceId: gone.workspace?.id ?? '' })),
      );
    });

    const bulk = (more: Partial<provisioningV1.BulkProvisionRequest>): Command => ({
      $case: 'bulkProvision',
      value: provisioningV1.BulkProvisionRequest.fromPartial(
        asked({ integrationId, limits: [TOKENS], models: SMALL, ...more }),
      ),
    });
    const { KEEP, OVERRIDE } = provisioningV1.ExistingProvisions;
    const each = (workspaceIds: readonly string[], part = { skip: 0, size: 20 }) =>
      meteringV1.ReplayUsageRequest.fromPartial({
        ...{ organizationId: acme.organizationId, integrationId, models: { names: ['small'] } },
        limits: [{ ...TOKENS, id: expect.stringMatching(/^lim_/) as string }],
        eachWorkspace: { workspaceIds: [...workspaceIds], ...part },
      });

    it.each([
      ['all, and those that have it', () => ({ allWorkspaces: true, existing: OVERRIDE }), () => each([])],
      ['all that lack it', () => ({ allWorkspaces: true, existing: KEEP }), () => each([second])],
      [
        'some, and those that have it',
        () => ({ workspaceIds: [workspaceId], existing: OVERRIDE }),
        () => each([workspaceId]),
      ],
      [
        'some of which one lacks it',
        () => ({ workspaceIds: [workspaceId, second], existing: KEEP }),
        () => each([second]),
      ],
    ])('that get it in bulk: %s', async (_what, more, wanted) => {
      await preview(bulk(more()));
      expect(bench.metering.replays).toEqual([wanted()]);
    });

    it('and nothing is asked where all have it, and keep it', async () => {
      const { usage, events } = await preview(bulk({ workspaceIds: [workspaceId], existing: KEEP }));
      expect([usage, events.length, bench.metering.replays]).toEqual([undefined, 1, []]);
    });

    it('that a policy would give it to, were they new', async () => {
      const value = provisioningV1.SetAutoProvisionRequest.fromPartial(
        asked({ integrationId, limits: [TOKENS], models: SMALL }),
      );
      await preview({ $case: 'setAutoProvision', value }, acme.admin, { pageSize: 5, skip: 10 });
      expect(bench.metering.replays).toEqual([each([], { skip: 10, size: 5 })]);
    });

    const period = { from: new Date('2026-10-01T00:00:00Z'), until: new Date('2026-11-01T00:00:00Z') };
    const workspaces = typeV1.WorkspacesReplay.fromPartial({
      ...{ called: 3n, refused: 1n, totalSize: 2n },
      workspaces: [{ requests: 3n, spent: 5n, refusedMin: 1n, refusedMax: 2n }],
    });
    const told = (of: string, name: string) => ({
      ...workspaces,
      workspaces: [{ ...workspaces.workspaces[0], workspaceId: of, workspaceName: name }],
    });

    it('by their names, under limits that are not there yet', async () => {
      bench.metering.replay = typeV1.UsageReplay.fromPartial({
        limits: [
          {
            limit: { ...TOKENS, id: 'lim_00000000000000000000000000' },
            ...period,
            workspaces: told(second, ''),
          },
        ],
      });
      const { usage } = await preview(bulk({ allWorkspaces: true }));
      expect(usage?.limits).toMatchObject([{ limit: { id: '' }, workspaces: told(second, 'Second') }]);
    });

    it('that an integration with other models would have refused something', async () => {
      const models = typeV1.ModelsReplay.fromPartial({
        ...{ ...period, requests: 7n, refused: 3n, models: [{ model: 'large', requests: 3n }] },
        workspaces: told(workspaceId, ''),
      });
      bench.metering.replay = { limits: [], models };
      const request = (more: Partial<provisioningV1.PreviewIntegrationModelsRequest>) =>
        acme.admin.previews.previewIntegrationModels(
          provisioningV1.PreviewIntegrationModelsRequest.fromPartial({ integrationId, ...more }),
        );
      const answer = await request({ without: ['large'], pageSize: 7 });
      expect(answer.models).toMatchObject({ refused: 3n, workspaces: told(workspaceId, 'First') });
      await request({ only: ['small'] });
      const of = { organizationId: acme.organizationId, integrationId };
      expect(bench.metering.replays).toEqual([
        meteringV1.ReplayUsageRequest.fromPartial({
          ...{ ...of, withoutModels: { names: ['large'] }, eachWorkspace: { skip: 0, size: 7 } },
        }),
        meteringV1.ReplayUsageRequest.fromPartial({
          ...{ ...of, models: { names: ['small'] }, eachWorkspace: { skip: 0, size: 20 } },
        }),
      ]);
      bench.metering.down = true;
      expect((await request({ only: ['small'] })).models).toBeUndefined();
      bench.metering.down = false;
      for (const wrong of [{}, { only: ['a'], without: ['b'] }, { only: ['a', 'a'] }, { only: [''] }])
        expect(await refusalOf(request(wrong))).toBe('INVALID REQUEST_INVALID');
      expect(await refusalOf(request({ only: ['a'], pageSize: 101 }))).toBe('INVALID REQUEST_INVALID');
      const rival = await bench.tenant('Other rival');
      const theirs = rival.admin.previews.previewIntegrationModels(
        provisioningV1.PreviewIntegrationModelsRequest.fromPartial({ integrationId, only: ['small'] }),
      );
      expect(await refusalOf(theirs)).toBe('NOT_FOUND INTEGRATION_UNKNOWN');
    });
  });

  it('of models of a key, by the provisions that it names them with', async () => {
    const models = { all: false, names: ['@main/small', '@main/large', '@gone/small'] };
    const period = { from: new Date('2026-10-01T00:00:00Z'), until: new Date('2026-11-01T00:00:00Z') };
    const lost = 'prv_00000000000000000000000000';
    bench.metering.replay = typeV1.UsageReplay.fromPartial({
      models: {
        ...{ ...period, requests: 4n, refused: 3n },
        models: [
          { model: 'tiny', requests: 2n, provisionId },
          { model: 'small', requests: 1n, provisionId: lost },
        ],
      },
    });
    const value = provisioningV1.ChangeApiKeyModelsRequest.fromPartial(asked({ apiKeyId, models }));
    const { usage } = await preview({ $case: 'changeApiKeyModels', value });
    expect(bench.metering.replays).toEqual([
      meteringV1.ReplayUsageRequest.fromPartial({
        ...{ organizationId: acme.organizationId, apiKeyId },
        modelsByProvision: { provisions: [{ provisionId, names: ['small', 'large'] }] },
      }),
    ]);
    expect(usage?.models?.models).toEqual([
      { model: '@main/tiny', requests: 2n, provisionId },
      { model: `@${lost}/small`, requests: 1n, provisionId: lost },
    ]);
  });

  it('and that it is unknown, where metering does not answer', async () => {
    bench.metering.down = true;
    const { usage, usageUnknown, events } = await preview(limited());
    bench.metering.down = false;
    expect([usage, usageUnknown, events.length]).toEqual([undefined, true, 1]);
  });

  it('and nothing of a change that no usage is held against, nor where nothing would change', async () => {
    const allowed = preview({
      $case: 'allowModels',
      value: { ...asked({ provisionId, models: { all: true, names: [] } }) },
    });
    expect(await allowed).toMatchObject({ events: [], usage: undefined, usageUnknown: false });
    const approval = preview({ $case: 'changeApproval', value: { ...asked({ required: true }) } });
    expect(await approval).toMatchObject({ events: [{}], usage: undefined, usageUnknown: false });
    expect(bench.metering.replays).toEqual([]);
  });

  it('and to nobody who may not see usage', async () => {
    const { secret } = await acme.admin.keys.issueApiKey(
      issueRequest({ role: provisioningV1.ApiKeyRole.ADMIN, name: 'narrow', scopes: ['policies.read'] }),
    );
    const { usage, usageUnknown, events } = await preview(limited(), bench.withKey(secret));
    expect([usage, usageUnknown, events.length]).toEqual([undefined, false, 1]);
    expect(bench.metering.replays).toEqual([]);
  });

  it('and to nobody of another organization', async () => {
    const rival = await bench.tenant('Rival');
    expect(await refusalOf(preview(limited(), rival.admin))).toMatch(/^NOT_FOUND /);
    expect(bench.metering.replays).toEqual([]);
  });
});
