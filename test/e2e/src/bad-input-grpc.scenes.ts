import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { fromGrpcError } from '@gatehouse/grpc';
import { AppError, type ErrorCode } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { auditV1, meteringV1, provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { ControlPlane, newCommand, requestsPerMinute, tokenBudget, usdBudget } from './control-plane';
import type { Product } from './product';
import { modelNamed, newTeam, type Team } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
/** What a newer client may send; it belongs to no enum of ours. */
const UNKNOWN_ENUM = Number('99');
const MODEL = 'sim-small';

/** A fault, the call that has it, and what it must be answered: a code, and a reason or the field at fault. */
type Case = readonly [name: string, call: () => Promise<unknown>, code: ErrorCode, reason?: string];

describe('the gRPC edge refuses with a typed error and changes nothing', () => {
  let product: Product;
  let control: ControlPlane;
  let team: Team;
  let revokedAdminKey: string;
  let before: Awaited<ReturnType<typeof everythingThatCounts>>;

  beforeAll(async () => {
    product = await sharedProduct();
    control = product.control();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
    const issued = await control.apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        name: 'Short-lived',
        role: provisioningV1.ApiKeyRole.ADMIN,
      }),
    );
    revokedAdminKey = issued.secret;
    const { position } = await control.apiKeys.revokeApiKey({
      ...newCommand(),
      apiKeyId: issued.apiKey?.id ?? '',
    });
    await control.history(position);
    before = await everythingThatCounts();
  }, START_MS);

  const everythingThatCounts = async () => ({
    history: (await control.history()).map(({ type, stream }) => `${type} ${stream}`),
    book: (await product.book.rows()).length,
    records: (await control.records()).length,
    limit: await control.limitAtRest(team.provisionId),
  });

  /** Runs every case and answers those that ended otherwise; each is named, so one run shows all. */
  const misjudged = async (cases: readonly Case[]): Promise<string[]> => {
    const faults: string[] = [];
    for (const [name, call, code, reason] of cases) {
      const outcome = await call().then(
        () => 'it was accepted',
        (error: unknown) => judge(error, code, reason),
      );
      if (outcome !== undefined) faults.push(`${name}: ${outcome}`);
    }
    return faults;
  };

  const judge = (error: unknown, code: ErrorCode, reason: string | undefined): string | undefined => {
    if (!(error instanceof AppError)) return String(error);
    const said =
      `${error.code} ${error.reason} ${error.violations.map(({ field }) => field).join(' ')}`.trim();
    if (/PEER_FAILED|PEER_UNAVAILABLE/.test(error.reason)) return `untyped: ${said}, ${String(error.cause)}`;
    if (error.code !== code) return `${said} instead of ${code}`;
    const known =
      error.reason === reason ||
      error.violations.some(({ field }) => field.replace(/\[\d+\]$/, '') === reason);
    return reason === undefined || known ? undefined : `${said} instead of ${reason}`;
  };

  const unchanged = async (): Promise<void> => expect(await everythingThatCounts()).toEqual(before);

  const limitCases = (send: (limits: typeV1.Limit[]) => Promise<unknown>): Case[] => {
    const reset = { period: typeV1.ResetPeriod.MONTHLY, everyDays: 0 };
    const nanoUsd = { $case: 'nanoUsd', value: 1n } as const;
    const budget = (value: Partial<typeV1.Budget>): typeV1.Limit => ({
      id: '',
      kind: { $case: 'budget', value: { amount: nanoUsd, reset, strict: false, ...value } },
    });
    const rate = (value: Partial<typeV1.RateLimit>): typeV1.Limit => ({
      id: '',
      kind: {
        $case: 'rateLimit',
        value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota: 1n, ...value },
      },
    });
    const usd = (value: bigint) => budget({ amount: { $case: 'nanoUsd', value } });
    const tokens = (value: bigint) => budget({ amount: { $case: 'tokens', value } });
    const every = (period: number, everyDays: number) => budget({ reset: { period, everyDays } });
    const bad: [string, typeV1.Limit[]][] = [
      ['of no kind', [{ id: '', kind: undefined }]],
      ['a budget without an amount', [budget({ amount: undefined })]],
      ['of -1 USD', [usd(-1_000_000_000n)]],
      ['of 0 USD', [usd(0n)]],
      ['of more nano-USD than allowed', [usd(9_000_000_000_000_000_001n)]],
      ['of -1 tokens', [tokens(-1n)]],
      ['of 0 tokens', [tokens(0n)]],
      ['without a reset', [budget({ reset: undefined })]],
      ['with an unspecified reset', [every(typeV1.ResetPeriod.UNSPECIFIED, 0)]],
      ['with an unknown reset', [every(UNKNOWN_ENUM, 0)]],
      ['every 0 days', [every(typeV1.ResetPeriod.DAYS, 0)]],
      ['every 367 days', [every(typeV1.ResetPeriod.DAYS, 367)]],
      ['every -1 days', [every(typeV1.ResetPeriod.DAYS, -1)]],
      ['monthly, every 5 days', [every(typeV1.ResetPeriod.MONTHLY, 5)]],
      ['a rate of no unit', [rate({ unit: typeV1.RateUnit.UNSPECIFIED })]],
      ['a rate of an unknown unit', [rate({ unit: UNKNOWN_ENUM })]],
      ['a rate of no window', [rate({ window: typeV1.RateWindow.UNSPECIFIED })]],
      ['a rate of an unknown window', [rate({ window: UNKNOWN_ENUM })]],
      ['a rate of 0', [rate({ quota: 0n })]],
      ['a rate of -1', [rate({ quota: -1n })]],
      ['two alike', [usd(1n), usd(2n)]],
      ['a hundred', Array.from({ length: 100 }, (_, index) => every(typeV1.ResetPeriod.DAYS, index + 1))],
    ];
    return bad.map(([name, limits]): Case => [`limits ${name}`, () => send(limits), 'INVALID']);
  };

  it('registry: connect', async () => {
    const connect = (change: Partial<registryV1.ConnectIntegrationRequest>) => () =>
      control.integrations.connectIntegration(
        registryV1.ConnectIntegrationRequest.fromPartial({
          ...newCommand(),
          name: 'Bad',
          slug: 'bad',
          provider: 'self-hosted',
          credential: { api_key: 'secret' },
          customHost: 'http://127.0.0.1:9/v1',
          customModels: [modelNamed('m')],
          ...change,
        }),
      );
    const model = (change: Partial<typeV1.Model>) =>
      connect({ customModels: [{ ...modelNamed('m'), ...change }] });
    expect(
      await misjudged([
        [
          'nothing at all',
          () => control.integrations.connectIntegration(registryV1.ConnectIntegrationRequest.create()),
          'INVALID',
          'request_id',
        ],
        ['no request id', connect({ requestId: '' }), 'INVALID', 'request_id'],
        ['a long request id', connect({ requestId: 'x'.repeat(129) }), 'INVALID', 'request_id'],
        ['a long reason', connect({ reason: 'x'.repeat(513) }), 'INVALID', 'reason'],
        ['no name', connect({ name: '' }), 'INVALID', 'name'],
        ['a long name', connect({ name: 'x'.repeat(101) }), 'INVALID', 'name'],
        ['a control character in the name', connect({ name: 'a\nb' }), 'INVALID', 'name'],
        ['no slug', connect({ slug: '' }), 'INVALID', 'slug'],
        ['a long slug', connect({ slug: 'x'.repeat(65) }), 'INVALID', 'slug'],
        ['a slug with a slash', connect({ slug: 'a/b' }), 'INVALID', 'slug'],
        ['a slug taken', connect({ slug: 'simulator' }), 'CONFLICT', 'SLUG_TAKEN'],
        ['no provider', connect({ provider: '' }), 'INVALID'],
        ['an unknown provider', connect({ provider: 'nobody' }), 'INVALID'],
        ['no credential', connect({ provider: 'openai', customHost: '', credential: {} }), 'INVALID'],
        ['an empty credential', connect({ credential: { api_key: '' } }), 'INVALID'],
        ['a credential with a line break', connect({ credential: { api_key: 'a\r\nb: c' } }), 'INVALID'],
        ['another field', connect({ credential: { api_key: 'x', other: 'y' } }), 'INVALID'],
        ['no host', connect({ customHost: '' }), 'INVALID', 'custom_host'],
        ['no URL', connect({ customHost: 'nowhere' }), 'INVALID', 'custom_host'],
        ['ftp', connect({ customHost: 'ftp://127.0.0.1/v1' }), 'INVALID', 'custom_host'],
        [
          'a password in the host',
          connect({ customHost: 'http://u:p@127.0.0.1/v1' }),
          'INVALID',
          'custom_host',
        ],
        ['a private network', connect({ customHost: 'http://10.0.0.1:8000/v1' }), 'INVALID', 'custom_host'],
        ['plain text to anybody', connect({ customHost: 'http://8.8.8.8/v1' }), 'INVALID', 'custom_host'],
        ['instance metadata', connect({ customHost: 'http://169.254.169.254/v1' }), 'INVALID', 'custom_host'],
        [
          'a host where none is',
          connect({ provider: 'anthropic', customHost: 'http://127.0.0.1/v1' }),
          'INVALID',
          'custom_host',
        ],
        ['a model without a name', model({ name: '' }), 'INVALID'],
        ['a model twice', connect({ customModels: [modelNamed('m'), modelNamed('m')] }), 'INVALID'],
        ['a model without output', model({ maxOutputTokens: 0n }), 'INVALID'],
        ['a model of negative output', model({ maxOutputTokens: -1n }), 'INVALID'],
        ['a model without a window', model({ contextWindow: 0n }), 'INVALID'],
        ['a negative price', model({ inputNanoUsdPerMillion: -1n }), 'INVALID'],
        [
          '201 models',
          connect({ customModels: Array.from({ length: 201 }, (_, index) => modelNamed(`m${index}`)) }),
          'INVALID',
        ],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('registry: the rest', async () => {
    const { integrations, catalog } = control;
    const { integrationId } = team;
    const unknown = `int_${'0'.repeat(26)}`;
    const credential = { api_key: 'x' };
    const rotate = (change: Partial<registryV1.RotateCredentialRequest>) => () =>
      integrations.rotateCredential(
        registryV1.RotateCredentialRequest.fromPartial({
          ...newCommand(),
          integrationId,
          credential,
          ...change,
        }),
      );
    const remove = (change: Partial<registryV1.DeleteIntegrationRequest>) => () =>
      integrations.deleteIntegration({ ...newCommand(), integrationId, force: false, ...change });
    const list = (change: Partial<registryV1.ListIntegrationsRequest>) => () =>
      integrations.listIntegrations(
        registryV1.ListIntegrationsRequest.fromPartial({
          pageSize: 0,
          pageToken: '',
          atLeastPosition: '',
          ...change,
        }),
      );
    expect(
      await misjudged([
        ['rotate: no id', rotate({ integrationId: '' }), 'INVALID', 'integration_id'],
        ['rotate: no such', rotate({ integrationId: unknown }), 'NOT_FOUND'],
        ['rotate: an empty credential', rotate({ credential: { api_key: '' } }), 'INVALID'],
        ['rotate: a stale revision', rotate({ expectedRevision: 77n }), 'CONFLICT', 'REVISION_MISMATCH'],
        ['rotate: a negative revision', rotate({ expectedRevision: -1n }), 'INVALID', 'expected_revision'],
        ['delete: no request id', remove({ requestId: '' }), 'INVALID', 'request_id'],
        [
          'delete: another kind of id',
          remove({ integrationId: team.workspaceId }),
          'INVALID',
          'integration_id',
        ],
        ['delete: no such', remove({ integrationId: unknown }), 'NOT_FOUND'],
        ['delete: what is provisioned', remove({}), 'REFUSED', 'INTEGRATION_IN_USE'],
        ['delete: a stale revision', remove({ expectedRevision: 77n }), 'CONFLICT', 'REVISION_MISMATCH'],
        [
          'get: no id',
          () => integrations.getIntegration({ integrationId: '', atLeastPosition: '' }),
          'INVALID',
          'integration_id',
        ],
        [
          'get: no such',
          () => integrations.getIntegration({ integrationId: unknown, atLeastPosition: '' }),
          'NOT_FOUND',
        ],
        [
          'get: no position',
          () => integrations.getIntegration({ integrationId, atLeastPosition: 'soon' }),
          'INVALID',
        ],
        [
          'get: a negative position',
          () => integrations.getIntegration({ integrationId, atLeastPosition: '-1' }),
          'INVALID',
        ],
        ['list: a negative page', list({ pageSize: -1 }), 'INVALID', 'page_size'],
        ['list: no page token', list({ pageToken: 'next' }), 'INVALID'],
        [
          'catalog: a negative page',
          () => catalog.listProviders({ pageSize: -1, pageToken: '' }),
          'INVALID',
          'page_size',
        ],
        ['catalog: no page token', () => catalog.listProviders({ pageSize: 0, pageToken: '{}' }), 'INVALID'],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('provisioning: workspaces', async () => {
    const { workspaces } = control;
    const create = (change: Partial<provisioningV1.CreateWorkspaceRequest>) => () =>
      workspaces.createWorkspace(
        provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name: 'Bad', ...change }),
      );
    const change = (other: Partial<provisioningV1.ChangeWorkspaceLimitsRequest>) => () =>
      workspaces.changeWorkspaceLimits({
        ...newCommand(),
        workspaceId: team.workspaceId,
        limits: [],
        ...other,
      });
    expect(
      await misjudged([
        [
          'create: nothing at all',
          () => workspaces.createWorkspace(provisioningV1.CreateWorkspaceRequest.create()),
          'INVALID',
          'request_id',
        ],
        ['create: no name', create({ name: '' }), 'INVALID', 'name'],
        ['create: a long name', create({ name: 'x'.repeat(101) }), 'INVALID', 'name'],
        ['create: a name taken', create({ name: team.slug }), 'CONFLICT'],
        ...limitCases((limits) => create({ limits })()).map((each): Case => [
          `create: ${each[0]}`,
          each[1],
          each[2],
        ]),
        ['limits: no such', change({ workspaceId: `ws_${'0'.repeat(26)}` }), 'NOT_FOUND'],
        ['limits: no id', change({ workspaceId: '' }), 'INVALID', 'workspace_id'],
        [
          'limits: a stale revision',
          change({ expectedRevision: 77n, limits: [usdBudget(1n)] }),
          'CONFLICT',
          'REVISION_MISMATCH',
        ],
        ...limitCases((limits) => change({ limits })()).map((each): Case => [
          `change: ${each[0]}`,
          each[1],
          each[2],
        ]),
        [
          'get: no id',
          () => workspaces.getWorkspace({ workspaceId: 'ws_1', atLeastPosition: '' }),
          'INVALID',
          'workspace_id',
        ],
        [
          'get: no such',
          () => workspaces.getWorkspace({ workspaceId: `ws_${'0'.repeat(26)}`, atLeastPosition: '' }),
          'NOT_FOUND',
        ],
        [
          'list: a negative page',
          () =>
            workspaces.listWorkspaces(
              provisioningV1.ListWorkspacesRequest.fromPartial({
                pageSize: -1,
                pageToken: '',
                atLeastPosition: '',
              }),
            ),
          'INVALID',
          'page_size',
        ],
        [
          'list: no page token',
          () =>
            workspaces.listWorkspaces(
              provisioningV1.ListWorkspacesRequest.fromPartial({
                pageSize: 0,
                pageToken: '?',
                atLeastPosition: '',
              }),
            ),
          'INVALID',
        ],
        [
          'list: no position',
          () =>
            workspaces.listWorkspaces(
              provisioningV1.ListWorkspacesRequest.fromPartial({
                pageSize: 0,
                pageToken: '',
                atLeastPosition: '1e9',
              }),
            ),
          'INVALID',
        ],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('provisioning: provisions', async () => {
    const { provisions } = control;
    const { integrationId, workspaceId, provisionId } = team;
    const unknown = `prv_${'0'.repeat(26)}`;
    const provision = (change: Partial<provisioningV1.ProvisionIntegrationRequest>) => () =>
      provisions.provisionIntegration(
        provisioningV1.ProvisionIntegrationRequest.fromPartial({
          ...newCommand(),
          integrationId,
          workspaceId: product.first.workspace,
          ...change,
        }),
      );
    const limits = (change: Partial<provisioningV1.ChangeProvisionLimitsRequest>) => () =>
      provisions.changeProvisionLimits({ ...newCommand(), provisionId, limits: [], ...change });
    expect(
      await misjudged([
        ['provision: no integration', provision({ integrationId: '' }), 'INVALID', 'integration_id'],
        [
          'provision: no such integration',
          provision({ integrationId: `int_${'0'.repeat(26)}` }),
          'NOT_FOUND',
          'INTEGRATION_UNKNOWN',
        ],
        [
          'provision: no such workspace',
          provision({ workspaceId: `ws_${'0'.repeat(26)}` }),
          'NOT_FOUND',
          'WORKSPACE_UNKNOWN',
        ],
        ['provision: twice', provision({ workspaceId }), 'CONFLICT', 'ALREADY_PROVISIONED'],
        ['provision: no position', provision({ atLeastPosition: 'x' }), 'INVALID'],
        ['provision: a model without a name', provision({ models: { all: false, names: [''] } }), 'INVALID'],
        ['provision: all models and some', provision({ models: { all: true, names: ['m'] } }), 'INVALID'],
        ...limitCases((bad) => provision({ limits: bad })()).map((each): Case => [
          `provision: ${each[0]}`,
          each[1],
          each[2],
        ]),
        ['limits: no such', limits({ provisionId: unknown }), 'NOT_FOUND'],
        ['limits: a stale revision', limits({ expectedRevision: 77n }), 'CONFLICT', 'REVISION_MISMATCH'],
        ...limitCases((bad) => limits({ limits: bad })()).map((each): Case => [
          `change: ${each[0]}`,
          each[1],
          each[2],
        ]),
        [
          'allow: no models',
          () => provisions.allowModels({ ...newCommand(), provisionId, models: undefined }),
          'INVALID',
          'models',
        ],
        [
          'allow: no such',
          () =>
            provisions.allowModels({
              ...newCommand(),
              provisionId: unknown,
              models: { all: true, names: [] },
            }),
          'NOT_FOUND',
        ],
        [
          'enable: no such',
          () => provisions.enableProvision({ ...newCommand(), provisionId: unknown }),
          'NOT_FOUND',
        ],
        [
          'disable: no id',
          () => provisions.disableProvision({ ...newCommand(), provisionId: '' }),
          'INVALID',
          'provision_id',
        ],
        [
          'disable: a stale revision',
          () => provisions.disableProvision({ ...newCommand(), provisionId, expectedRevision: 77n }),
          'CONFLICT',
          'REVISION_MISMATCH',
        ],
        [
          'get: no such',
          () => provisions.getProvision({ provisionId: unknown, atLeastPosition: '' }),
          'NOT_FOUND',
        ],
        [
          'list: another kind of id',
          () =>
            provisions.listProvisions(
              provisioningV1.ListProvisionsRequest.fromPartial({
                pageSize: 0,
                pageToken: '',
                workspaceId: provisionId,
                atLeastPosition: '',
              }),
            ),
          'INVALID',
          'workspace_id',
        ],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('provisioning: keys and organizations', async () => {
    const { apiKeys, organizations } = control;
    const { ApiKeyRole } = provisioningV1;
    const issue = (change: Partial<provisioningV1.IssueApiKeyRequest>) => () =>
      apiKeys.issueApiKey(
        provisioningV1.IssueApiKeyRequest.fromPartial({
          ...newCommand(),
          name: 'Bad',
          role: ApiKeyRole.WORKSPACE,
          workspaceId: team.workspaceId,
          ...change,
        }),
      );
    expect(
      await misjudged([
        ['issue: no name', issue({ name: '' }), 'INVALID', 'name'],
        ['issue: no role', issue({ role: ApiKeyRole.UNSPECIFIED }), 'INVALID', 'role'],
        ['issue: an unknown role', issue({ role: UNKNOWN_ENUM }), 'INVALID', 'role'],
        ['issue: no workspace', issue({ workspaceId: '' }), 'INVALID', 'workspace_id'],
        ['issue: no such workspace', issue({ workspaceId: `ws_${'0'.repeat(26)}` }), 'NOT_FOUND'],
        ['issue: an admin key of a workspace', issue({ role: ApiKeyRole.ADMIN }), 'INVALID', 'workspace_id'],
        ['issue: into another organization', issue({ organizationId: `org_${'0'.repeat(26)}` }), 'NOT_FOUND'],
        ...limitCases((limits) => issue({ limits })()).map((each): Case => [
          `issue: ${each[0]}`,
          each[1],
          each[2],
        ]),
        [
          'revoke: no id',
          () => apiKeys.revokeApiKey({ ...newCommand(), apiKeyId: '' }),
          'INVALID',
          'api_key_id',
        ],
        [
          'revoke: no such',
          () => apiKeys.revokeApiKey({ ...newCommand(), apiKeyId: `key_${'0'.repeat(26)}` }),
          'NOT_FOUND',
        ],
        [
          'list: no page token',
          () =>
            apiKeys.listApiKeys(
              provisioningV1.ListApiKeysRequest.fromPartial({
                pageSize: 0,
                pageToken: 'W10',
                workspaceId: '',
                atLeastPosition: '',
              }),
            ),
          'INVALID',
        ],
        [
          'organization: not ours to create',
          () => organizations.createOrganization({ ...newCommand(), name: 'Mine' }),
          'FORBIDDEN',
        ],
        [
          'organization: no position',
          () => organizations.getOrganization({ atLeastPosition: '0x10' }),
          'INVALID',
        ],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('metering and audit', async () => {
    const { usage, budgets, events } = control;
    const records = (change: Partial<meteringV1.ListUsageRecordsRequest>) => () =>
      usage.listUsageRecords(meteringV1.ListUsageRecordsRequest.fromPartial(change));
    const sums = (change: Partial<meteringV1.GetUsageRequest>) => () =>
      usage.getUsage(meteringV1.GetUsageRequest.fromPartial(change));
    const history = (change: Partial<auditV1.ListEventsRequest>) => () =>
      events.listEvents(auditV1.ListEventsRequest.fromPartial(change));
    expect(
      await misjudged([
        ['records: a negative page', records({ pageSize: -1 }), 'INVALID', 'page_size'],
        ['records: no page token', records({ pageToken: '%' }), 'INVALID'],
        [
          'records: a page token of something else',
          records({ pageToken: Buffer.from('["a","b"]').toString('base64url') }),
          'INVALID',
        ],
        [
          'records: another kind of id',
          records({ workspaceId: team.provisionId }),
          'INVALID',
          'workspace_id',
        ],
        ['usage: an unspecified dimension', sums({ groupBy: [0] }), 'INVALID', 'group_by'],
        ['usage: an unknown dimension', sums({ groupBy: [UNKNOWN_ENUM] }), 'INVALID', 'group_by'],
        ['usage: no day', sums({ fromDay: 'yesterday' }), 'INVALID', 'from_day'],
        ['usage: a day that never was', sums({ toDay: '2026-02-30' }), 'INVALID', 'to_day'],
        [
          'limits: no id',
          () => budgets.listLimitStates({ scopeIds: [], scopeId: 'x', pageSize: 0, pageToken: '' }),
          'INVALID',
          'scope_id',
        ],
        ['a budget: no id', () => budgets.getBudget({ limitId: 'x' }), 'INVALID', 'limit_id'],
        ['history: a negative page', history({ pageSize: -1 }), 'INVALID', 'page_size'],
        ['history: no page token', history({ pageToken: '%' }), 'INVALID'],
        [
          'history: a page token of something else',
          history({ pageToken: Buffer.from('["x"]').toString('base64url') }),
          'INVALID',
        ],
        ['history: no position', history({ atLeastPosition: 'now' }), 'INVALID'],
      ]),
    ).toEqual([]);
    await unchanged();
  });

  it('callers who may not', async () => {
    const as = (credentials: { apiKey?: string; serviceToken?: string }): ControlPlane =>
      new ControlPlane(product.first.grpc, credentials);
    const edges = (caller: ControlPlane): [string, () => Promise<unknown>][] => [
      [
        'registry',
        () =>
          caller.integrations.listIntegrations(
            registryV1.ListIntegrationsRequest.fromPartial({
              pageSize: 0,
              pageToken: '',
              atLeastPosition: '',
            }),
          ),
      ],
      [
        'provisioning',
        () =>
          caller.workspaces.createWorkspace(
            provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name: 'Bad' }),
          ),
      ],
      ['audit', () => caller.events.listEvents(auditV1.ListEventsRequest.create())],
      ['metering', () => caller.usage.getUsage(meteringV1.GetUsageRequest.create())],
    ];
    const internal = (caller: ControlPlane): [string, () => Promise<unknown>][] => [
      [
        'vault',
        () => caller.vault.getSealedCredential({ integrationId: team.integrationId, credentialVersion: 1 }),
      ],
      ['ledger', () => caller.ledger.openJournal({ journalId: `jnl_${'0'.repeat(26)}`, incarnation: 1n })],
    ];
    const strangers = {
      nobody: {},
      'a wrong key': { apiKey: `${product.first.adminKey.slice(0, -2)}xx` },
      'a text': { apiKey: 'x' },
      'a revoked admin key': { apiKey: revokedAdminKey },
      'a wrong service token': { serviceToken: 'x' },
    };
    const callers = Object.entries(strangers).map(([name, credentials]) => [name, as(credentials)] as const);
    const workspace = as({ apiKey: team.key });
    const cases: Case[] = [
      ...callers.flatMap(([name, caller]) =>
        [...edges(caller), ...internal(caller)].map(([edge, call]): Case => [
          `${name} at ${edge}`,
          call,
          'UNAUTHENTICATED',
        ]),
      ),
      ...edges(workspace)
        .filter(([edge]) => edge !== 'metering')
        .map(([edge, call]): Case => [`a workspace key at ${edge}`, call, 'FORBIDDEN']),
      ...internal(workspace).map(([edge, call]): Case => [`a workspace key at ${edge}`, call, 'FORBIDDEN']),
      ...internal(control).map(([edge, call]): Case => [`an admin key at ${edge}`, call, 'FORBIDDEN']),
    ];
    // A revocation reaches every service within a second.
    await eventually(async () => expect(await misjudged(cases)).toEqual([]), 1_500);
    for (const [, caller] of callers) caller.close();
    workspace.close();
    await unchanged();
  });

  it('bytes that are no message, messages that are too large, methods that are not there', async () => {
    const bytes = async (address: string, path: string, message: Uint8Array): Promise<ServiceError> => {
      const client = new Client(address, credentials.createInsecure());
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${product.first.adminKey}`);
      try {
        return await new Promise((resolve, reject) =>
          client.makeUnaryRequest(
            path,
            (raw: Uint8Array) => Buffer.from(raw),
            (raw) => raw,
            message,
            metadata,
            { deadline: Date.now() + 10_000 },
            (error) => (error ? resolve(error) : reject(new Error(`${path} was accepted`))),
          ),
        );
      } finally {
        client.close();
      }
    };
    const { registry, provisioning, metering, audit } = product.first.grpc;
    const edges: [string, string][] = [
      [registry, '/gatehouse.registry.v1.IntegrationService/ConnectIntegration'],
      [provisioning, '/gatehouse.provisioning.v1.WorkspaceService/CreateWorkspace'],
      [metering, '/gatehouse.metering.v1.UsageService/GetUsage'],
      [audit, '/gatehouse.audit.v1.EventService/ListEvents'],
    ];
    for (const [address, path] of edges) {
      const garbage = await bytes(address, path, Buffer.from('0affffffffff', 'hex'));
      expect({ path, code: garbage.code, reason: fromGrpcError(garbage).reason }).toEqual({
        path,
        code: status.INVALID_ARGUMENT,
        reason: 'REQUEST_MALFORMED',
      });
      const large = await bytes(address, path, Buffer.alloc(17 * 1024 * 1024));
      expect({ path, code: large.code }).toEqual({ path, code: status.RESOURCE_EXHAUSTED });
      const absent = await bytes(address, `${path}Please`, Buffer.alloc(0));
      expect({ path, code: absent.code }).toEqual({ path, code: status.UNIMPLEMENTED });
    }
    await unchanged();
  });

  it('ignores protobuf fields that it does not know', async () => {
    const client = new Client(product.first.grpc.provisioning, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${product.first.adminKey}`);
    const message = provisioningV1.CreateWorkspaceRequest.encode(
      provisioningV1.CreateWorkspaceRequest.fromPartial({
        ...newCommand(),
        name: 'From the future',
        limits: [tokenBudget(5n), requestsPerMinute(5n)],
      }),
    )
      .uint32((1_999 << 3) | 2)
      .string('what is this?')
      .finish();
    const made = await new Promise<provisioningV1.CreateWorkspaceResponse | undefined>((resolve, reject) =>
      client.makeUnaryRequest(
        '/gatehouse.provisioning.v1.WorkspaceService/CreateWorkspace',
        (raw: Uint8Array) => Buffer.from(raw),
        (raw) => provisioningV1.CreateWorkspaceResponse.decode(raw),
        message,
        metadata,
        {},
        (error, response) => (error ? reject(error) : resolve(response)),
      ),
    );
    client.close();
    expect(made?.workspace).toMatchObject({ name: 'From the future' });
    expect(made?.workspace?.limits).toHaveLength(2);
  });
});
