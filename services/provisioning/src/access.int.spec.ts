import { until } from '@gatehouse/kernel/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import {
  asked,
  type Clients,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { AccessReason, AiProviderStatus, ApiKeyRole, LimitScope, ModelRule } = provisioningV1;

const usd = (nanoUsd: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: {
        amount: { $case: 'nanoUsd', value: nanoUsd },
        reset: { period: typeV1.ResetPeriod.MONTHLY },
      },
    },
  });
const tokens = (value: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: { amount: { $case: 'tokens', value }, reset: { period: typeV1.ResetPeriod.NEVER } },
    },
  });
const NEXT_MONTH = new Date(Date.now() + 20 * 86_400_000);

describe('what a workspace may call', () => {
  let bench: ProvisioningBench;
  let tenant: Tenant;
  let admin: Clients;
  let workspaceId: string;
  let integrationId: string;
  let provision: provisioningV1.Provision;
  let apiKeyId: string;
  let memberKey: string;

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    tenant = await bench.tenant('acme');
    ({ admin } = tenant);
    const created = await admin.workspaces.createWorkspace(workspaceRequest({ name: 'one' }));
    workspaceId = created.workspace?.id ?? '';
    integrationId = await connect('open', ['small', 'large']);
    provision = await provide(integrationId, [usd(1_000n)]);
    const issued = await admin.keys.issueApiKey(
      issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'caller', limits: [tokens(50n)] }),
    );
    apiKeyId = issued.apiKey?.id ?? '';
    memberKey = issued.secret;
    await until(async () => (await ids()).length === 2, 'gateways to be told');
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    bench.metering.down = false;
    bench.metering.states.clear();
  });

  const connect = (slug: string, models: readonly string[]) =>
    bench.connect(tenant.organizationId, slug, models, { name: `The ${slug} one`, dialect: 'openai' });
  const provide = async (integration: string, limits: typeV1.Limit[] = []) => {
    await until(async () => {
      const request = { integrationId: integration, workspaceId, limits };
      const { provisions } = admin;
      return (
        (await refusalOf(
          provisions.provisionIntegration(
            provisioningV1.ProvisionIntegrationRequest.fromPartial(asked(request)),
          ),
        )) !== 'NOT_FOUND INTEGRATION_UNKNOWN'
      );
    }, 'the integration to be known');
    const list = provisioningV1.ListProvisionsRequest.fromPartial({
      integrationId: integration,
      workspaceId,
    });
    await until(async () => (await admin.provisions.listProvisions(list)).totalSize === 1);
    return (await admin.provisions.listProvisions(list)).provisions[0] as provisioningV1.Provision;
  };
  const models = (client = admin, more: object = {}) =>
    client.access.listAvailableModels(
      provisioningV1.ListAvailableModelsRequest.fromPartial({ workspaceId, ...more }),
    );
  const ids = async (client = admin, more: object = {}) =>
    (await models(client, more)).models.map(({ id }) => id);
  const providers = async (client = admin) =>
    (await client.access.listAiProviders(provisioningV1.ListAiProvidersRequest.fromPartial({ workspaceId })))
      .providers;
  const explain = (
    model: string,
    { at, key }: { at?: Date; key?: string } = {},
    client = admin,
    provider = '@open',
  ) =>
    client.access.explainAccess({
      of: key ? { $case: 'apiKeyId', value: key } : { $case: 'workspaceId', value: workspaceId },
      provider,
      model,
      at,
    });
  const stand = (scopeId: string, limits: readonly typeV1.Limit[], spent: bigint, resetsAt?: Date) =>
    bench.metering.states.set(
      scopeId,
      limits.map(({ id }) => ({ limitId: id, spent, held: 0n, resetsAt })),
    );

  it('is listed by the ids that callers use, in pages, searched', async () => {
    expect(await ids()).toEqual(['@open/large', '@open/small']);
    expect(await ids(admin, { search: 'SMALL' })).toEqual(['@open/small']);
    const first = await models(admin, { pageSize: 1 });
    expect(first).toMatchObject({ models: [{ id: '@open/large', provider: 'openai' }], totalSize: 2 });
    const rest = await models(admin, { pageSize: 1, pageToken: first.nextPageToken });
    expect(rest).toMatchObject({ models: [{ id: '@open/small' }], nextPageToken: '' });
    expect(rest.models[0]?.prices).toBeUndefined();
  });

  it("is told a workspace's key of its own workspace, which it need not name", async () => {
    const member = bench.withKey(memberKey);
    await until(async () => (await refusalOf(models(member))) === 'accepted', 'the key to be known');
    expect(await ids(member, { workspaceId: '' })).toEqual(['@open/large', '@open/small']);
    const created = await admin.workspaces.createWorkspace(workspaceRequest({ name: 'two' }));
    const other = created.workspace?.id ?? '';
    expect(await refusalOf(models(member, { workspaceId: other }))).toBe('FORBIDDEN WORKSPACE_FORBIDDEN');
    const stranger = await bench.tenant('stranger');
    expect(await refusalOf(models(stranger.admin))).toBe('NOT_FOUND WORKSPACE_UNKNOWN');
    expect(await refusalOf(explain('small', {}, stranger.admin))).toBe('NOT_FOUND WORKSPACE_UNKNOWN');
    const ofAnother = await explain('small', { key: apiKeyId }, stranger.admin);
    expect(ofAnother).toMatchObject({ allowed: false, reason: AccessReason.KEY_UNKNOWN, limits: [] });
  });

  it('has its providers with limits and what is left', async () => {
    stand(provision.id, provision.limits, 400n, NEXT_MONTH);
    expect(await providers()).toMatchObject([
      {
        slug: 'open',
        name: 'The open one',
        provider: 'openai',
        provisionId: provision.id,
        modelCount: 2,
        status: AiProviderStatus.ACTIVE,
        limits: [
          {
            scope: LimitScope.PROVISION,
            left: { $case: 'known', value: { remaining: 600n, spent: 400n, resetsAt: NEXT_MONTH } },
          },
        ],
      },
    ]);
    stand(provision.id, provision.limits, 1_000n, NEXT_MONTH);
    expect(await providers()).toMatchObject([{ status: AiProviderStatus.EXHAUSTED, resetsAt: NEXT_MONTH }]);
  });

  it('is exhausted where less is left than any call has asked for, until that is raised or begins anew', async () => {
    const nearlyAll = provision.limits.map(({ id }) => ({
      limitId: id,
      spent: 990n,
      held: 0n,
      resetsAt: NEXT_MONTH,
    }));
    const told = (exhausted: boolean) =>
      bench.metering.states.set(
        provision.id,
        nearlyAll.map((state) => ({ ...state, exhausted })),
      );
    told(true);
    expect(await providers()).toMatchObject([
      {
        status: AiProviderStatus.EXHAUSTED,
        resetsAt: NEXT_MONTH,
        limits: [{ left: { $case: 'known', value: { remaining: 10n, exhausted: true } } }],
      },
    ]);
    told(false);
    expect(await providers()).toMatchObject([{ status: AiProviderStatus.ACTIVE, resetsAt: undefined }]);
  });

  it('is not taken for exhausted where metering does not answer', async () => {
    bench.metering.down = true;
    expect(await providers()).toMatchObject([
      { status: AiProviderStatus.ACTIVE, limits: [{ left: { $case: 'unknown' } }] },
    ]);
    const { limits } = await explain('small');
    expect(limits).toMatchObject([{ left: { $case: 'unknown' } }]);
  });

  it('is explained for a key with all limits that apply, and for a later time', async () => {
    const integration = await connect('priced', []);
    const priced = await provide(integration, [usd(10n)]);
    await bench.publish(tenant.organizationId, `integration-${integration}`, 'CustomModelDefined', {
      integrationId: integration,
      model: typeV1.CustomModel.fromPartial({ name: 'own', prices: { rates: { input: 5n, output: 5n } } }),
    });
    const ask = (more: object) => explain('own', { key: apiKeyId, ...more }, admin, 'priced');
    await until(async () => (await ask({})).allowed, 'the model to be told');
    stand(priced.id, priced.limits, 10n, NEXT_MONTH);
    const now = await ask({});
    expect(now).toMatchObject({
      allowed: false,
      reason: AccessReason.LIMIT_EXHAUSTED,
      provisionId: priced.id,
      modelRule: ModelRule.CUSTOM,
      resetsAt: NEXT_MONTH,
    });
    expect(now.limits.map(({ scope, left }) => [scope, left?.$case])).toEqual([
      [LimitScope.PROVISION, 'known'],
      [LimitScope.API_KEY, 'unknown'],
    ]);
    const exhausted = { spent: 9n, held: 0n, resetsAt: NEXT_MONTH, exhausted: true };
    bench.metering.states.set(
      priced.id,
      priced.limits.map(({ id }) => ({ limitId: id, ...exhausted })),
    );
    // Less is left than any call has asked for, and this one may cost less.
    const nearlyAll = await ask({});
    expect(nearlyAll).toMatchObject({ allowed: true, reason: AccessReason.ALLOWED });
    expect(nearlyAll.limits[0]).toMatchObject({ left: { value: { remaining: 1n, exhausted: true } } });
    const later = await ask({ at: new Date(NEXT_MONTH.getTime() + 1) });
    expect(later).toMatchObject({ allowed: true, reason: AccessReason.ALLOWED, resetsAt: undefined });
    expect(later.limits[0]).toMatchObject({
      left: { $case: 'known', value: { remaining: 10n, exhausted: undefined } },
    });
  });

  it('is explained by the first that stands against it', async () => {
    expect(await explain('small')).toMatchObject({
      allowed: false,
      reason: AccessReason.MODEL_UNPRICED,
      modelRule: ModelRule.ALLOWED,
      provisionId: provision.id,
    });
    expect(await explain('nobody')).toMatchObject({
      reason: AccessReason.MODEL_NOT_OFFERED,
      modelRule: ModelRule.NOT_SELECTED,
    });
    expect(await explain('small', {}, admin, 'nobody')).toMatchObject({
      reason: AccessReason.PROVIDER_UNKNOWN,
      provisionId: '',
    });
    await connect('unused', ['small']);
    await until(
      async () => (await explain('small', {}, admin, 'unused')).reason === AccessReason.NOT_PROVISIONED,
      'the integration to be told',
    );
    expect(await refusalOf(explain('small', { at: new Date(Date.now() - 1_000) }))).toBe(
      'REFUSED PAST_IS_THE_AUDIT_SERVICES',
    );
  });

  it("tells a workspace's admin of limits over others nothing but that they stand against a call", async () => {
    const { secret } = await admin.keys.issueApiKey(
      issueRequest({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId, name: 'its admin' }),
    );
    const its = bench.withKey(secret);
    const held = async (holder: provisioningV1.LimitHolder['holder'], limits: typeV1.Limit[]) => {
      const response = await admin.limits.changeLimits(
        asked({ atLeastPosition: '', holder: { holder }, limits }),
      );
      return response.limits?.limits ?? [];
    };
    const whole = { $case: 'organization', value: {} } as const;
    const cap = await held(whole, [tokens(10n)]);
    await held({ $case: 'keysOfWorkspaceId', value: workspaceId }, [tokens(5n)]);
    stand(tenant.organizationId, cap, 10n);
    const ask = (client: Clients) => explain('own', { key: apiKeyId }, client, 'priced');
    const scopesOf = ({ limits }: provisioningV1.ExplainAccessResponse) => limits.map(({ scope }) => scope);
    const seen = await ask(admin);
    // The organization's never starts anew.
    expect(seen).toMatchObject({ reason: AccessReason.LIMIT_EXHAUSTED, resetsAt: undefined });
    expect(scopesOf(seen)).toEqual([
      LimitScope.PROVISION,
      LimitScope.WORKSPACE_KEY,
      LimitScope.API_KEY,
      LimitScope.ORGANIZATION,
    ]);
    await until(async () => (await refusalOf(ask(its))) === 'accepted', 'the key to be known');
    const told = await ask(its);
    expect(told.reason).toBe(AccessReason.LIMIT_EXHAUSTED);
    expect(scopesOf(told)).toEqual([LimitScope.PROVISION, LimitScope.WORKSPACE_KEY, LimitScope.API_KEY]);
    expect(
      (await providers(its)).map(({ status, limits }) => [status, limits.map(({ scope }) => scope)]),
    ).toEqual([
      [AiProviderStatus.EXHAUSTED, [LimitScope.PROVISION]],
      [AiProviderStatus.EXHAUSTED, [LimitScope.PROVISION]],
    ]);
    // Its keys are all it sees.
    const created = await admin.workspaces.createWorkspace(workspaceRequest({ name: 'of others' }));
    const other = await admin.keys.issueApiKey(
      issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId: created.workspace?.id ?? '', name: 'another' }),
    );
    const ofAnother = await explain('own', { key: other.apiKey?.id ?? '' }, its, 'priced');
    expect(ofAnother.reason).toBe(AccessReason.KEY_UNKNOWN);
    await held(whole, []);
    await held({ $case: 'keysOfWorkspaceId', value: workspaceId }, []);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['no workspace', () => models(admin, { workspaceId: '' })],
    ['a workspace that is none', () => models(admin, { workspaceId: 'ws_1' })],
    ['a page token of another list', () => models(admin, { pageToken: 'x' })],
    ['a search of 101 characters', () => models(admin, { search: 'x'.repeat(101) })],
    ['a key that is none', () => explain('small', { key: 'key_1' })],
    ['no provider', () => explain('small', {}, admin, '@')],
    ['a model of 257 characters', () => explain('x'.repeat(257))],
  ])('is not told to who asks with %s', async (_what, ask) => {
    expect(await refusalOf(ask())).toMatch(/^INVALID /);
  });

  it('is explained by what a key is narrowed to, and by its end', async () => {
    const issued = async (fields: object) => {
      const request = { role: ApiKeyRole.WORKSPACE, workspaceId, name: 'narrow', ...fields };
      return (await admin.keys.issueApiKey(issueRequest(request))).apiKey?.id ?? '';
    };
    const expiresAt = new Date(Date.now() + 3_600_000);
    const narrow = await issued({ expiresAt, models: { all: false, names: ['@open/small'] } });
    expect(await explain('large', { key: narrow })).toMatchObject({
      reason: AccessReason.MODEL_NOT_ALLOWED,
      modelRule: ModelRule.NOT_NAMED_BY_KEY,
    });
    expect((await explain('small', { key: narrow })).reason).toBe(AccessReason.MODEL_UNPRICED);
    const ended = await explain('small', { key: narrow, at: expiresAt });
    expect(ended.reason).toBe(AccessReason.KEY_EXPIRED);
    const silent = await issued({ scopes: ['logs.list'] });
    expect((await explain('small', { key: silent })).reason).toBe(AccessReason.KEY_SCOPE_MISSING);
  });

  it('sees a provision end, and a key that was revoked', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    await admin.provisions.changeProvisionExpiry(asked({ provisionId: provision.id, expiresAt }));
    await until(
      async () => (await explain('small', { at: expiresAt })).reason === AccessReason.PROVISION_EXPIRED,
      'the end to be told',
    );
    expect((await explain('small')).reason).toBe(AccessReason.MODEL_UNPRICED);
    await admin.keys.revokeApiKey(asked({ apiKeyId }));
    expect((await explain('small', { key: apiKeyId })).reason).toBe(AccessReason.KEY_REVOKED);
    await admin.provisions.disableProvision(
      provisioningV1.DisableProvisionRequest.fromPartial(asked({ provisionId: provision.id })),
    );
    await until(
      async () => (await explain('small')).reason === AccessReason.PROVISION_DISABLED,
      'gateways to be told',
    );
    const open = (await providers()).find(({ slug }) => slug === 'open');
    expect(open?.status).toBe(AiProviderStatus.DISABLED);
    expect(await ids(admin, { search: '@open/' })).toEqual([]);
  });
});
