import { deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import {
  asked,
  type Clients,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  workspaceRequest,
} from './testing/provisioning-bench';

type Requests = typeof provisioningV1;
type Case = [what: string, call: () => Promise<unknown>, refusal: string];

const INVALID = 'INVALID REQUEST_INVALID';
const UNKNOWN_ENUM = 99 as never;
const long = (length: number): string => 'x'.repeat(length);
const idOf = (prefix: string): string => deriveId(prefix, 'nobody');

const budget = (fields: object): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: {
        amount: { $case: 'nanoUsd', value: 1n },
        reset: { period: typeV1.ResetPeriod.NEVER },
        ...fields,
      } as typeV1.Budget,
    },
  });
const rate = (fields: Partial<typeV1.RateLimit>): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota: 1n, ...fields },
    },
  });

/** Every way in which a list of limits can be wrong. */
const BAD_LIMITS: Record<string, readonly typeV1.Limit[]> = {
  'a limit of no kind': [{ id: '', kind: undefined }],
  'a budget without an amount': [budget({ amount: undefined })],
  'a budget of nothing': [budget({ amount: { $case: 'nanoUsd', value: 0n } })],
  'a negative budget': [budget({ amount: { $case: 'nanoUsd', value: -1n } })],
  'a negative budget of tokens': [budget({ amount: { $case: 'tokens', value: -5n } })],
  'a budget without a reset rule': [budget({ reset: undefined })],
  'an unknown reset period': [budget({ reset: { period: UNKNOWN_ENUM, everyDays: 0 } })],
  'a period of 0 days': [budget({ reset: { period: typeV1.ResetPeriod.DAYS, everyDays: 0 } })],
  'a period of 366 days': [budget({ reset: { period: typeV1.ResetPeriod.DAYS, everyDays: 366 } })],
  'days with a monthly period': [budget({ reset: { period: typeV1.ResetPeriod.MONTHLY, everyDays: 3 } })],
  'an unknown window': [rate({ window: UNKNOWN_ENUM })],
  'an absent window': [rate({ window: typeV1.RateWindow.UNSPECIFIED })],
  'an unknown unit': [rate({ unit: UNKNOWN_ENUM })],
  'a quota of 0': [rate({ quota: 0n })],
  'a negative quota': [rate({ quota: -1n })],
  'the same bound twice': [budget({}), budget({ strict: true })],
  'the same window twice': [rate({}), rate({ quota: 9n })],
  '17 limits': Array.from({ length: 17 }, () => rate({})),
};

describe('bad input', () => {
  let bench: ProvisioningBench;
  let operator: Clients;
  let admin: Clients;
  const known = { organizationId: '', workspaceId: '', integrationId: '', provisionId: '', apiKeyId: '' };
  let workspaceKey = '';
  let revokedKey = '';

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    operator = bench.as('operator');
    const tenant = await bench.tenant('Acme');
    ({ admin } = tenant);
    known.organizationId = tenant.organizationId;
    known.integrationId = await bench.connect(tenant.organizationId, 'known');
    const { workspace } = await admin.workspaces.createWorkspace(
      workspaceRequest({ name: 'Known', limits: [] }),
    );
    known.workspaceId = workspace?.id ?? '';
    const { provision } = await admin.provisions.provisionIntegration(
      build('ProvisionIntegrationRequest', { ...known, atLeastPosition: '1' }),
    );
    known.provisionId = provision?.id ?? '';
    const issue = (name: string) =>
      admin.keys.issueApiKey(
        issueRequest({ role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId: known.workspaceId, name }),
      );
    const issued = await issue('known');
    known.apiKeyId = issued.apiKey?.id ?? '';
    workspaceKey = issued.secret;
    const revoked = await issue('revoked');
    revokedKey = revoked.secret;
    const { position } = await admin.keys.revokeApiKey(asked({ apiKeyId: revoked.apiKey?.id ?? '' }));
    await until(async () => {
      const { rows } = await bench.pool.query<{ n: bigint }>(
        'SELECT count(*) AS n FROM provisioning_access.api_key WHERE revoked',
      );
      return rows[0]?.n === 1n;
    });
    await admin.organizations.getOrganization({ atLeastPosition: position });
  }, 120_000);
  afterAll(() => bench.close());

  const build = <Name extends keyof Requests>(name: Name, fields: object) =>
    (provisioningV1[name] as unknown as { fromPartial(object: object): never }).fromPartial(asked(fields));
  const createOrganization = (fields: object) =>
    operator.organizations.createOrganization(build('CreateOrganizationRequest', { name: 'x', ...fields }));
  const createWorkspace = (fields: object) =>
    admin.workspaces.createWorkspace(build('CreateWorkspaceRequest', { name: 'new', ...fields }));
  const changeWorkspace = (fields: object) =>
    admin.workspaces.changeWorkspaceLimits(build('ChangeWorkspaceLimitsRequest', { ...known, ...fields }));
  const renameWorkspace = (fields: object) =>
    admin.workspaces.renameWorkspace(build('RenameWorkspaceRequest', { ...known, name: 'x', ...fields }));
  const updateWorkspace = (fields: object) =>
    admin.workspaces.updateWorkspace(
      build('UpdateWorkspaceRequest', { ...known, updateMask: ['icon'], icon: 'x', ...fields }),
    );
  const archiveWorkspace = (fields: object) =>
    admin.workspaces.archiveWorkspace(build('ArchiveWorkspaceRequest', { ...known, ...fields }));
  const provision = (fields: object) =>
    admin.provisions.provisionIntegration(build('ProvisionIntegrationRequest', { ...known, ...fields }));
  const changeProvision = (fields: object) =>
    admin.provisions.changeProvisionLimits(build('ChangeProvisionLimitsRequest', { ...known, ...fields }));
  const allow = (fields: object) =>
    admin.provisions.allowModels(build('AllowModelsRequest', { ...known, models: { all: true }, ...fields }));
  const setPolicy = (fields: object) =>
    admin.autoProvisions.setAutoProvision(build('SetAutoProvisionRequest', { ...known, ...fields }));
  const bulk = (fields: object) =>
    admin.bulks.bulkProvision(
      build('BulkProvisionRequest', { ...known, workspaceIds: [known.workspaceId], ...fields }),
    );
  const turnOffPolicy = (fields: object) =>
    admin.autoProvisions.turnOffAutoProvision(build('TurnOffAutoProvisionRequest', { ...known, ...fields }));
  const enable = (fields: object) =>
    admin.provisions.enableProvision(build('EnableProvisionRequest', { ...known, ...fields }));
  const disable = (fields: object) =>
    admin.provisions.disableProvision(build('DisableProvisionRequest', { ...known, ...fields }));
  const issue = (fields: object, as = admin) =>
    as.keys.issueApiKey(
      build('IssueApiKeyRequest', {
        name: 'x',
        role: provisioningV1.ApiKeyRole.WORKSPACE,
        workspaceId: known.workspaceId,
        ...fields,
      }),
    );
  const revoke = (fields: object) =>
    admin.keys.revokeApiKey(build('RevokeApiKeyRequest', { ...known, ...fields }));
  const listWorkspaces = (fields: object) =>
    admin.workspaces.listWorkspaces(build('ListWorkspacesRequest', fields));
  const listProvisions = (fields: object) =>
    admin.provisions.listProvisions(build('ListProvisionsRequest', fields));
  const listKeys = (fields: object) => admin.keys.listApiKeys(build('ListApiKeysRequest', fields));
  const getWorkspace = (fields: object) =>
    admin.workspaces.getWorkspace(build('GetWorkspaceRequest', { ...known, ...fields }));
  const getProvision = (fields: object) =>
    admin.provisions.getProvision(build('GetProvisionRequest', { ...known, ...fields }));

  /** Nothing was appended, whatever was answered. */
  const refusesAll = async (cases: readonly Case[]): Promise<void> => {
    const head = await bench.store.head();
    const answers: [string, string][] = [];
    for (const [what, call] of cases) answers.push([what, await refusalOf(call())]);
    expect(answers).toEqual(cases.map(([what, , refusal]) => [what, refusal]));
    expect(await bench.store.head()).toBe(head);
  };

  it('of every command: its request id, its reason', async () => {
    const commands = {
      createOrganization,
      createWorkspace,
      changeWorkspace,
      renameWorkspace,
      updateWorkspace,
      archiveWorkspace,
      provision,
      changeProvision,
      allow,
      setPolicy,
      turnOffPolicy,
      bulk,
      enable,
      disable,
      issue,
      revoke,
    };
    await refusesAll(
      Object.entries(commands).flatMap(([name, call]): Case[] => [
        [`${name} without a request id`, () => call({ requestId: '' }), INVALID],
        [`${name} with a request id of 129 characters`, () => call({ requestId: long(129) }), INVALID],
        [`${name} with a line break in the request id`, () => call({ requestId: 'a\nb' }), INVALID],
        [`${name} with a NUL in the reason`, () => call({ reason: 'a\u0000b' }), INVALID],
        [`${name} with a reason of 513 characters`, () => call({ reason: long(513) }), INVALID],
      ]),
    );
  });

  it('of names', async () => {
    const commands = { createOrganization, createWorkspace, renameWorkspace, issue };
    await refusesAll(
      Object.entries(commands).flatMap(([name, call]): Case[] => [
        [`${name} without a name`, () => call({ name: '' }), INVALID],
        [`${name} with a name of 101 characters`, () => call({ name: long(101) }), INVALID],
        [`${name} with a control character`, () => call({ name: 'a\u0007' }), INVALID],
        [`${name} with a C1 control character`, () => call({ name: 'a\u009b31m' }), INVALID],
        [`${name} with a text turned around`, () => call({ name: 'a\u202egnp' }), INVALID],
        [`${name} with a reason turned around`, () => call({ reason: 'a\u2066b' }), INVALID],
        [`${name} of spaces`, () => call({ name: '   ' }), INVALID],
      ]),
    );
  });

  it('of what workspaces say of themselves', async () => {
    const cases: Record<string, object> = {
      'an icon of 201 characters': { icon: long(201) },
      'a description of 513 characters': { description: long(513) },
      '33 entries': {
        defaultMetadata: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, ''])),
      },
      'an entry without a name': { defaultMetadata: { '': 'x' } },
      'an entry of 257 characters': { defaultMetadata: { k: long(257) } },
      'an entry with a control character': { defaultMetadata: { k: 'a\u0007' } },
    };
    const updateMask = ['icon', 'description', 'default_metadata'];
    await refusesAll([
      ...Object.entries(cases).flatMap(([what, fields]): Case[] => [
        [`createWorkspace with ${what}`, () => createWorkspace(fields), INVALID],
        [`updateWorkspace with ${what}`, () => updateWorkspace({ updateMask, ...fields }), INVALID],
      ]),
      ['an empty mask', () => updateWorkspace({ updateMask: [], icon: '' }), INVALID],
      ['a mask of something else', () => updateWorkspace({ updateMask: ['name'], icon: '' }), INVALID],
      ['a mask that names it twice', () => updateWorkspace({ updateMask: ['icon', 'icon'] }), INVALID],
      ['what the mask does not name', () => updateWorkspace({ description: 'x' }), INVALID],
      ...['A', 'a b', '-a', long(65), known.workspaceId].map((slug): Case => [
        `the slug ${slug}`,
        () => createWorkspace({ slug }),
        INVALID,
      ]),
      ['an unknown status', () => listWorkspaces({ statuses: [UNKNOWN_ENUM] }), INVALID],
      ['a status of none', () => listWorkspaces({ statuses: [0] }), INVALID],
    ]);
  });

  it('of limits', async () => {
    const integrationId = await bench.connect(known.organizationId, 'limits');
    await until(async () => {
      const sql = `SELECT FROM provisioning_integrations.integration WHERE slug = 'limits'`;
      return (await bench.pool.query(sql)).rowCount === 1;
    });
    const provisionOther = (fields: object) => provision({ integrationId, ...fields });
    const commands = {
      createWorkspace,
      changeWorkspace,
      changeProvision,
      issue,
      provisionOther,
      setPolicy,
      bulk,
    };
    await refusesAll(
      Object.entries(commands).flatMap(([name, call]) =>
        Object.entries(BAD_LIMITS).map(([what, limits]): Case => [
          `${name} with ${what}`,
          () => call({ limits }),
          INVALID,
        ]),
      ),
    );
  });

  it('of ids and revisions', async () => {
    const unknownProvision = { provisionId: idOf('prv') };
    await refusesAll([
      ['no workspace', () => changeWorkspace({ workspaceId: '' }), INVALID],
      ['another kind of id', () => changeWorkspace({ workspaceId: known.provisionId }), INVALID],
      [
        'an unknown workspace',
        () => changeWorkspace({ workspaceId: idOf('ws') }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
      ['a negative revision', () => changeWorkspace({ expectedRevision: -1n }), INVALID],
      [
        'a revision that is not',
        () => changeWorkspace({ expectedRevision: 7n }),
        'CONFLICT REVISION_MISMATCH',
      ],
      ['no integration', () => provision({ integrationId: '' }), INVALID],
      [
        'an unknown integration',
        () => provision({ integrationId: idOf('int') }),
        'NOT_FOUND INTEGRATION_UNKNOWN',
      ],
      ['no integration of a policy', () => setPolicy({ integrationId: '' }), INVALID],
      [
        'an unknown integration of a policy',
        () => setPolicy({ integrationId: idOf('int') }),
        'NOT_FOUND INTEGRATION_UNKNOWN',
      ],
      [
        'an unknown integration to turn off',
        () => turnOffPolicy({ integrationId: idOf('int') }),
        'NOT_FOUND INTEGRATION_UNKNOWN',
      ],
      [
        'a malformed position of a policy',
        () => setPolicy({ atLeastPosition: 'soon' }),
        'INVALID POSITION_MALFORMED',
      ],
      ['no workspaces', () => bulk({ workspaceIds: [] }), INVALID],
      ['a malformed workspace of many', () => bulk({ workspaceIds: [known.workspaceId, 'x'] }), INVALID],
      [
        'a workspace named twice',
        () => bulk({ workspaceIds: [known.workspaceId, known.workspaceId] }),
        INVALID,
      ],
      ['workspaces by name and all', () => bulk({ allWorkspaces: true }), INVALID],
      ['10,001 workspaces', () => bulk({ workspaceIds: Array(10_001).fill(known.workspaceId) }), INVALID],
      ['an unknown way with existing ones', () => bulk({ existing: UNKNOWN_ENUM }), INVALID],
      ['no workspace for it', () => provision({ workspaceId: '' }), INVALID],
      [
        'an unknown workspace for it',
        () => provision({ workspaceId: idOf('ws') }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
      ['a malformed position', () => provision({ atLeastPosition: 'soon' }), 'INVALID POSITION_MALFORMED'],
      ['provisioned already', () => provision({}), 'CONFLICT ALREADY_PROVISIONED'],
      ...[changeProvision, allow, enable, disable].flatMap((call): Case[] => [
        [`${call.name} no provision`, () => call({ provisionId: '' }), INVALID],
        [`${call.name} a malformed one`, () => call({ provisionId: `prv_${long(1_000)}` }), INVALID],
        [`${call.name} an unknown one`, () => call(unknownProvision), 'NOT_FOUND PROVISION_UNKNOWN'],
        [`${call.name} a negative revision`, () => call({ expectedRevision: -1n }), INVALID],
        [`${call.name} a stale one`, () => call({ expectedRevision: 9n }), 'CONFLICT REVISION_MISMATCH'],
      ]),
      ['no key', () => revoke({ apiKeyId: '' }), INVALID],
      ['an unknown key', () => revoke({ apiKeyId: idOf('key') }), 'NOT_FOUND API_KEY_UNKNOWN'],
      ['a key for no workspace', () => issue({ workspaceId: '' }), INVALID],
      [
        'a key for an unknown workspace',
        () => issue({ workspaceId: idOf('ws') }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
      ['a name that is taken', () => createWorkspace({ name: 'Known' }), 'CONFLICT WORKSPACE_NAME_TAKEN'],
      ['no workspace to get', () => getWorkspace({ workspaceId: '' }), INVALID],
      ['a workspace by id and slug', () => getWorkspace({ slug: 'a-slug' }), INVALID],
      [
        'a slug of nobody',
        () => getWorkspace({ workspaceId: '', slug: 'nobodys' }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
      [
        'an unknown workspace to get',
        () => getWorkspace({ workspaceId: idOf('ws') }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
      ['no provision to get', () => getProvision({ provisionId: 'x' }), INVALID],
      ['an unknown provision to get', () => getProvision(unknownProvision), 'NOT_FOUND PROVISION_UNKNOWN'],
    ]);
  });

  it('of model access', async () => {
    const names = (...list: string[]) => ({ models: { all: false, names: list } });
    await refusesAll([
      ['none said', () => allow({ models: undefined }), INVALID],
      ['no model at all', () => allow(names()), INVALID],
      ['all and some', () => allow({ models: { all: true, names: ['small'] } }), INVALID],
      ['a model that the integration has not', () => allow(names('small', 'huge')), INVALID],
      ['an empty name', () => allow(names('')), INVALID],
      ['a name of 257 characters', () => allow(names(long(257))), INVALID],
      ['a model twice', () => allow(names('small', 'small')), INVALID],
      [
        '1001 models',
        () => allow(names(...Array.from({ length: 1_001 }, (_, index) => `m${index}`))),
        INVALID,
      ],
      ['no model at all when provisioning', () => provision(names()), INVALID],
    ]);
  });

  it('of keys', async () => {
    const { ApiKeyRole } = provisioningV1;
    const { workspaceId, organizationId } = known;
    await refusesAll([
      ['an unknown role', () => issue({ role: UNKNOWN_ENUM }), INVALID],
      ['no role', () => issue({ role: ApiKeyRole.UNSPECIFIED }), INVALID],
      ['an admin key of a workspace', () => issue({ role: ApiKeyRole.ADMIN }), INVALID],
      [
        'an admin key with limits',
        () => issue({ role: ApiKeyRole.ADMIN, workspaceId: '', limits: [rate({})] }),
        INVALID,
      ],
      ['a malformed organization', () => issue({ organizationId: 'acme' }), INVALID],
      [
        'another organization',
        () => issue({ organizationId: idOf('org') }),
        'NOT_FOUND ORGANIZATION_UNKNOWN',
      ],
      [
        'the operator for no organization',
        () => issue({ role: ApiKeyRole.ADMIN, workspaceId: '' }, operator),
        INVALID,
      ],
      [
        'the operator for an unknown organization',
        () => issue({ role: ApiKeyRole.ADMIN, workspaceId: '', organizationId: idOf('org') }, operator),
        'NOT_FOUND ORGANIZATION_UNKNOWN',
      ],
      [
        'the operator for a workspace',
        () => issue({ workspaceId, organizationId }, operator),
        'FORBIDDEN OPERATOR_ISSUES_ADMIN_KEYS',
      ],
    ]);
  });

  it('of lists and positions', async () => {
    const token = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    await refusesAll(
      [listWorkspaces, listProvisions, listKeys].flatMap((list): Case[] => [
        [`${list.name} of negative size`, () => list({ pageSize: -1 }), INVALID],
        [`${list.name} no token`, () => list({ pageToken: '???' }), 'INVALID PAGE_TOKEN_MALFORMED'],
        [`${list.name} no cursor`, () => list({ pageToken: token(['x']) }), 'INVALID PAGE_TOKEN_MALFORMED'],
        [
          `${list.name} huge cursor`,
          () => list({ pageToken: token(['9'.repeat(19)]) }),
          'INVALID PAGE_TOKEN_MALFORMED',
        ],
        [
          `${list.name} two cursors`,
          () => list({ pageToken: token(['1', '2']) }),
          'INVALID PAGE_TOKEN_MALFORMED',
        ],
        [
          `${list.name} malformed position`,
          () => list({ atLeastPosition: '-1' }),
          'INVALID POSITION_MALFORMED',
        ],
      ]),
    );
    await refusesAll([
      ['provisions of a malformed workspace', () => listProvisions({ workspaceId: 'x' }), INVALID],
      [
        'keys of an unknown workspace',
        () => listKeys({ workspaceId: idOf('ws') }),
        'NOT_FOUND WORKSPACE_UNKNOWN',
      ],
    ]);
    expect((await listWorkspaces({ pageSize: 2_000_000_000 })).workspaces).toHaveLength(1);
  });

  it('of callers', async () => {
    const at = { atLeastPosition: '' };
    const none = bench.withKey('');
    await refusesAll([
      ['no key', () => none.organizations.getOrganization(at), 'UNAUTHENTICATED CREDENTIALS_MISSING'],
      [
        'a wrong key',
        () => bench.withKey('gh_nonsense').organizations.getOrganization(at),
        'UNAUTHENTICATED CREDENTIALS_UNKNOWN',
      ],
      [
        'an oversized key',
        () => bench.withKey(long(5_000)).organizations.getOrganization(at),
        'UNAUTHENTICATED CREDENTIALS_UNKNOWN',
      ],
      [
        'a revoked key',
        () => bench.withKey(revokedKey).organizations.getOrganization(at),
        'UNAUTHENTICATED CREDENTIALS_UNKNOWN',
      ],
      [
        'a workspace key',
        () => bench.withKey(workspaceKey).organizations.getOrganization(at),
        'FORBIDDEN PERMISSION_DENIED',
      ],
      [
        'a workspace key that issues',
        () => issue({}, bench.withKey(workspaceKey)),
        'FORBIDDEN PERMISSION_DENIED',
      ],
      ['a service', () => issue({}, bench.as('metering')), 'FORBIDDEN PERMISSION_DENIED'],
      [
        'an admin who creates organizations',
        () => admin.organizations.createOrganization(asked({ name: 'x' })),
        'FORBIDDEN PERMISSION_DENIED',
      ],
      [
        'the operator within an organization',
        () => operator.workspaces.createWorkspace(workspaceRequest({ name: 'x', limits: [] })),
        'FORBIDDEN PERMISSION_DENIED',
      ],
    ]);
  });

  it('of a request id that was used for something else', async () => {
    const request = workspaceRequest({ name: 'Reused' });
    const { workspace } = await admin.workspaces.createWorkspace(request);
    await refusesAll([
      ['another name', () => createWorkspace({ ...request, name: 'Other' }), 'CONFLICT REQUEST_ID_REUSED'],
      [
        'another command',
        () =>
          changeWorkspace({ requestId: request.requestId, workspaceId: workspace?.id, limits: [rate({})] }),
        'CONFLICT REQUEST_ID_REUSED',
      ],
    ]);
  });
});
