import { until } from '@gatehouse/kernel/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { PROVISIONING_SERVICES } from './adapters/grpc/services';
import {
  asked,
  type Clients,
  issueRequest,
  proposalIn,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const REUSED = 'CONFLICT REQUEST_ID_REUSED';
const rate = (quota: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota },
    },
  });
const models = (...names: string[]) => provisioningV1.ModelAccess.fromPartial({ names });

/** A command, what to ask of it, and another value for every field but the request id. */
interface Reuse {
  readonly rpc: string;
  readonly request: object;
  readonly others: Readonly<Record<string, unknown>>;
}

describe('a request id', () => {
  let bench: ProvisioningBench;
  let operator: Clients;
  let tenant: Tenant;
  let admin: Clients;
  const integrations: string[] = [];
  const workspaces: string[] = [];
  const provisions: string[] = [];
  const keys: string[] = [];
  const limits: string[] = [];
  const invites: string[] = [];
  const members: string[] = [];
  const proposals: string[] = [];
  const signingKeys: string[] = [];
  let elsewhere = '';
  let approver: Clients;
  let invited: Clients;

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    operator = bench.as('operator');
    tenant = await bench.tenant('Acme');
    admin = tenant.admin;
    for (const name of ['one', 'two', 'ended']) {
      integrations.push(await bench.connect(tenant.organizationId, name));
      const made = await admin.workspaces.createWorkspace(workspaceRequest({ name, limits: [] }));
      workspaces.push(made.workspace?.id ?? '');
    }
    for (const workspaceId of workspaces.slice(0, 2)) {
      const { provision } = await admin.provisions.provisionIntegration(
        provisioningV1.ProvisionIntegrationRequest.fromPartial(
          asked({
            integrationId: integrations[0],
            workspaceId,
            models: models('small'),
            limits: [rate(9n)],
          }),
        ),
      );
      provisions.push(provision?.id ?? '');
      limits.push(provision?.limits[0]?.id ?? '');
      const { apiKey } = await admin.keys.issueApiKey(
        provisioningV1.IssueApiKeyRequest.fromPartial(
          asked({ name: 'key', role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId }),
        ),
      );
      keys.push(apiKey?.id ?? '');
    }
    const invite = (email: string) =>
      admin.members.inviteMember(
        provisioningV1.InviteMemberRequest.fromPartial(asked({ email, roles: member() })),
      );
    for (const name of ['i0', 'i1']) invites.push((await invite(`${name}@mail.example`)).invite?.id ?? '');
    for (const name of ['m0', 'm1']) {
      const { token } = await invite(`${name}@mail.example`);
      const joined = await bench.withKey(token).members.acceptInvite(asked({ name }));
      members.push(joined.member?.id ?? '');
    }
    invited = bench.withKey((await invite('last@mail.example')).token);
    const { approve, proposed } = await proposalsOf(bench, tenant);
    for (const name of ['s0', 's1']) {
      const { apiKey } = await admin.keys.issueApiKey(
        issueRequest({ name, role: provisioningV1.ApiKeyRole.ADMIN }),
      );
      signingKeys.push(apiKey?.id ?? '');
    }
    elsewhere = (await bench.tenant('Elsewhere')).organizationId;
    approver = approve;
    proposals.push(...proposed);
  }, 60_000);

  afterAll(() => bench?.close());

  const member = (workspaceId?: string) => ({
    organization: provisioningV1.OrganizationRole.MEMBER,
    workspaces: workspaceId === undefined ? [] : [{ workspaceId, role: provisioningV1.WorkspaceRole.MEMBER }],
  });
  /** Whether its process manager, which goes on after the answer, has done all and is read so. */
  const isCarriedOut = async (call: Call, request: object) => {
    const { bulk } = (await call(request)) as { bulk?: provisioningV1.Bulk };
    return bulk?.status === provisioningV1.BulkStatus.DONE;
  };
  const keysOf = (workspaceId = '') => ({
    holder: { $case: 'keysOfWorkspaceId', value: workspaceId },
  });
  const startedAt = Date.now();
  const ends = (days: number) => new Date(startedAt + days * 86_400_000);
  const workspaceLimits = () => ({ limits: [rate(1n)], expectedRevision: undefined });
  const reuses = (): readonly Reuse[] => {
    const provision = { provisionId: provisions[0], expectedRevision: undefined };
    const otherProvision = { reason: 'other', provisionId: provisions[1], expectedRevision: 0n };
    return [
      { rpc: 'createOrganization', request: { name: 'Org' }, others: { reason: 'other', name: 'Other' } },
      {
        rpc: 'createWorkspace',
        request: { name: 'Reused', limits: [rate(1n)] },
        others: {
          reason: 'other',
          name: 'Else',
          limits: [rate(2n)],
          slug: 'else',
          icon: 'y',
          description: 'y',
          defaultMetadata: { y: 'y' },
        },
      },
      {
        rpc: 'changeWorkspaceLimits',
        request: { workspaceId: workspaces[0], ...workspaceLimits() },
        others: { reason: 'other', workspaceId: workspaces[1], limits: [], expectedRevision: 0n },
      },
      {
        rpc: 'renameWorkspace',
        request: { workspaceId: workspaces[0], name: 'uno' },
        others: { reason: 'other', workspaceId: workspaces[1], name: 'due', expectedRevision: 0n },
      },
      {
        rpc: 'updateWorkspace',
        request: { workspaceId: workspaces[0], updateMask: ['icon'], icon: 'x' },
        others: {
          reason: 'other',
          workspaceId: workspaces[1],
          updateMask: ['icon', 'description', 'default_metadata'],
          icon: 'y',
          description: 'y',
          defaultMetadata: { y: 'y' },
          expectedRevision: 0n,
        },
      },
      {
        rpc: 'archiveWorkspace',
        request: { workspaceId: workspaces[2] },
        others: { reason: 'other', workspaceId: workspaces[1], expectedRevision: 0n },
      },
      {
        rpc: 'provisionIntegration',
        request: { integrationId: integrations[1], workspaceId: workspaces[0], models: models('small') },
        others: {
          reason: 'other',
          integrationId: integrations[0],
          workspaceId: workspaces[1],
          limits: [rate(1n)],
          models: models('large'),
          atLeastPosition: '1',
          expiresAt: ends(1),
          slug: 'own',
          name: 'Own',
        },
      },
      {
        rpc: 'changeProvisionLimits',
        request: { ...provision, limits: [rate(1n)] },
        others: { ...otherProvision, limits: [rate(2n)] },
      },
      {
        rpc: 'allowModels',
        request: { ...provision, models: models('large') },
        others: { ...otherProvision, models: models('small', 'large') },
      },
      {
        rpc: 'raiseProvisionLimit',
        request: { ...provision, limitId: limits[0], more: 5n, until: ends(1) },
        others: { ...otherProvision, limitId: limits[1], more: 6n, until: ends(2) },
      },
      {
        rpc: 'changeProvisionExpiry',
        request: { ...provision, expiresAt: ends(1) },
        others: { ...otherProvision, expiresAt: ends(2) },
      },
      {
        rpc: 'setWorkspacesConnecting',
        request: { allowed: false },
        others: { reason: 'other', allowed: true, expectedRevision: 0n },
      },
      {
        rpc: 'setWorkspaceConnecting',
        request: { workspaceId: workspaces[0], allowed: false },
        others: { reason: 'other', workspaceId: workspaces[1], allowed: true, expectedRevision: 0n },
      },
      {
        rpc: 'renameProvision',
        request: { provisionId: provisions[0], slug: 'own', name: 'Own' },
        others: { reason: 'other', provisionId: provisions[1], slug: 'other', name: 'Other' },
      },
      {
        rpc: 'setAutoProvision',
        request: { integrationId: integrations[2], models: models('small') },
        others: {
          reason: 'other',
          integrationId: integrations[1],
          limits: [rate(1n)],
          models: models('large'),
          expectedRevision: 0n,
          atLeastPosition: '1',
          existing: provisioningV1.ExistingProvisions.KEEP,
        },
      },
      {
        rpc: 'turnOffAutoProvision',
        request: { integrationId: integrations[2] },
        others: {
          reason: 'other',
          integrationId: integrations[1],
          expectedRevision: 0n,
          atLeastPosition: '1',
        },
      },
      {
        rpc: 'bulkProvision',
        request: { integrationId: integrations[2], workspaceIds: [workspaces[0]] },
        others: {
          reason: 'other',
          integrationId: integrations[1],
          workspaceIds: [workspaces[1]],
          allWorkspaces: true,
          limits: [rate(1n)],
          models: models('small'),
          existing: provisioningV1.ExistingProvisions.KEEP,
          atLeastPosition: '1',
          expiresAt: new Date(Date.now() + 60_000),
        },
      },
      {
        rpc: 'changeLimits',
        request: { holder: keysOf(workspaces[0]), limits: [rate(1n)] },
        others: {
          reason: 'other',
          holder: keysOf(workspaces[1]),
          limits: [rate(2n)],
          expectedRevision: 0n,
          atLeastPosition: '1',
        },
      },
      { rpc: 'disableProvision', request: provision, others: otherProvision },
      { rpc: 'enableProvision', request: provision, others: otherProvision },
      {
        rpc: 'issueApiKey',
        request: { name: 'k', role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId: workspaces[0] },
        others: {
          reason: 'other',
          name: 'l',
          role: provisioningV1.ApiKeyRole.ADMIN,
          workspaceId: workspaces[1],
          limits: [rate(1n)],
          organizationId: tenant.organizationId,
          memberId: members[1],
          kind: provisioningV1.ApiKeyKind.SERVICE,
          scopes: ['completions.write'],
          models: { all: false, names: ['@openai/small'] },
          expiresAt: new Date(Date.now() + 60_000),
          rotateEveryDays: 30,
        },
      },
      {
        rpc: 'inviteMember',
        request: { email: 'a@mail.example', roles: member() },
        others: {
          reason: 'other',
          email: 'b@mail.example',
          roles: member(workspaces[0]),
          expiresAt: new Date(Date.now() + 60_000),
          organizationId: tenant.organizationId,
        },
      },
      {
        rpc: 'resendInvite',
        request: { inviteId: invites[0] },
        others: { reason: 'other', inviteId: invites[1], expiresAt: new Date(Date.now() + 60_000) },
      },
      {
        rpc: 'cancelInvite',
        request: { inviteId: invites[0] },
        others: { reason: 'other', inviteId: invites[1] },
      },
      {
        rpc: 'acceptInvite',
        request: { name: 'Ann' },
        others: { reason: 'other', name: 'Eve' },
      },
      {
        rpc: 'changeMemberRoles',
        request: { memberId: members[0], roles: member(workspaces[0]) },
        others: { reason: 'other', memberId: members[1], roles: member(workspaces[1]), expectedRevision: 0n },
      },
      {
        rpc: 'removeMember',
        request: { memberId: members[0] },
        others: { reason: 'other', memberId: members[1], expectedRevision: 0n },
      },
      {
        rpc: 'rotateApiKey',
        request: { apiKeyId: keys[0], overlapSeconds: 60 },
        others: { reason: 'other', apiKeyId: keys[1], overlapSeconds: 61, rotateEveryDays: 30 },
      },
      {
        rpc: 'changeApiKeyLimits',
        request: { apiKeyId: keys[0], limits: [rate(1n)] },
        others: { reason: 'other', apiKeyId: keys[1], limits: [rate(2n)], expectedRevision: 0n },
      },
      {
        rpc: 'changeApiKeyModels',
        request: { apiKeyId: keys[0], models: { all: false, names: ['@openai/small'] } },
        others: {
          reason: 'other',
          apiKeyId: keys[1],
          models: { all: true, names: [] },
          expectedRevision: 0n,
        },
      },
      { rpc: 'changeApproval', request: { required: false }, others: { reason: 'other', required: true } },
      {
        rpc: 'rejectProposal',
        request: { proposalId: proposals[0] },
        others: { reason: 'other', proposalId: proposals[1] },
      },
      {
        rpc: 'approveProposal',
        request: { proposalId: proposals[1] },
        others: { reason: 'other', proposalId: proposals[0] },
      },
      { rpc: 'createSession', request: {}, others: { reason: 'other', nonceSecret: 'other' } },
      {
        rpc: 'createSignInLink',
        request: { organizationId: tenant.organizationId, apiKeyId: signingKeys[0] },
        others: { reason: 'other', organizationId: elsewhere, apiKeyId: signingKeys[1] },
      },
      {
        rpc: 'endSessions',
        request: { apiKeyId: signingKeys[0] },
        others: { reason: 'other', apiKeyId: signingKeys[1] },
      },
      { rpc: 'revokeApiKey', request: { apiKeyId: keys[0] }, others: { reason: 'other', apiKeyId: keys[1] } },
    ];
  };

  type Call = (request: object) => Promise<Record<string, unknown>>;
  const callOf = (rpc: string): Call => {
    const clients =
      rpc === 'createOrganization' || rpc === 'createSignInLink'
        ? operator
        : rpc === 'acceptInvite'
          ? invited
          : rpc === 'approveProposal'
            ? approver
            : admin;
    const client = Object.values(clients).find((one) => typeof one[rpc as never] === 'function') as never;
    return (client as Record<string, Call>)[rpc] as Call;
  };
  const complete = (rpc: string, fields: object): object => ({ ...commands().get(rpc), ...asked(fields) });

  it('is tried for every command', () => {
    expect(
      reuses()
        .map(({ rpc }) => rpc)
        .sort(),
    ).toEqual([...commands().keys()].sort());
    for (const { rpc, others } of reuses()) {
      expect(['requestId', ...Object.keys(others)].sort()).toEqual(
        Object.keys(commands().get(rpc) ?? {}).sort(),
      );
    }
  });

  it('answers as before, and refuses every other content', async () => {
    for (const { rpc, request, others } of reuses()) {
      const call = callOf(rpc);
      const first = complete(rpc, request);
      await call(first);
      if (rpc === 'bulkProvision') await until(() => isCarriedOut(call, first));
      const { secret: _secret, token: _token, ...answer } = await call(first);
      const head = await bench.store.head();
      for (const [field, value] of Object.entries(others)) {
        expect([rpc, field, await refusalOf(call({ ...first, [field]: value }))]).toEqual([
          rpc,
          field,
          REUSED,
        ]);
      }
      expect(await bench.store.head()).toBe(head);
      expect(await call(first)).toMatchObject(answer);
      expect(await bench.store.head()).toBe(head);
    }
  });

  it('is used once, whichever of two that come at once is first', async () => {
    for (let round = 0; round < 10; round++) {
      const request = complete('createWorkspace', { name: `twin ${round}` });
      const other = { ...request, name: `other twin ${round}` };
      const call = callOf('createWorkspace');
      const outcomes = await Promise.all([refusalOf(call(request)), refusalOf(call(other))]);
      expect(outcomes.sort()).toEqual([REUSED, 'accepted']);
    }
  });

  it('is used once by the operator and an admin of the organization together', async () => {
    const issue = provisioningV1.IssueApiKeyRequest.fromPartial(
      asked({ name: 'op', role: provisioningV1.ApiKeyRole.ADMIN, organizationId: tenant.organizationId }),
    );
    await operator.keys.issueApiKey(issue);
    expect(await refusalOf(admin.keys.issueApiKey({ ...issue, name: 'mine' }))).toBe(REUSED);
    const other = await bench.tenant('Other');
    expect(
      await refusalOf(operator.keys.issueApiKey({ ...issue, organizationId: other.organizationId })),
    ).toBe(REUSED);
    expect(
      await refusalOf(
        other.admin.workspaces.createWorkspace(
          workspaceRequest({ requestId: issue.requestId, name: 'theirs' }),
        ),
      ),
    ).toBe('accepted');
  });

  it('of a command that was refused is free for another', async () => {
    const call = callOf('createWorkspace');
    const bad = complete('createWorkspace', { name: '' });
    expect(await refusalOf(call(bad))).toBe('INVALID REQUEST_INVALID');
    expect(await refusalOf(call({ ...bad, name: 'good at last' }))).toBe('accepted');
    const taken = complete('createWorkspace', { name: 'good at last' });
    expect(await refusalOf(call(taken))).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
    expect(await refusalOf(call({ ...taken, name: 'free' }))).toBe('accepted');
  });
});

/** Two that are open, where nothing else wants approval any more, and who may approve them. */
const proposalsOf = async (
  bench: ProvisioningBench,
  { organizationId, admin }: Tenant,
): Promise<{ approve: Clients; proposed: readonly string[] }> => {
  const issue = { organizationId, role: provisioningV1.ApiKeyRole.ADMIN, name: 'second' };
  const { secret } = await bench.as('operator').keys.issueApiKey(issueRequest(issue));
  const approve = bench.withKey(secret);
  await until(() => refusalOf(approve.approvals.getApproval({})).then((answer) => answer === 'accepted'));
  await admin.approvals.changeApproval(asked({ required: true }));
  const off = () => proposalIn(admin.approvals.changeApproval(asked({ required: false })));
  const [last, ...proposed] = [await off(), await off(), await off()];
  await approve.approvals.approveProposal(asked({ proposalId: last }));
  return { approve, proposed };
};

const TRIED_ELSEWHERE = [
  // What the registry proposes has the id of the command that was asked of it: `approval.int.spec.ts` says what becomes of others.
  'proposeChange',
  // Who has called is over with it, and is not let in again: `sessions.int.spec.ts`.
  'endSession',
];

/** Every RPC whose request has an id, with that request empty. */
const commands = (): ReadonlyMap<string, object> =>
  new Map(
    Object.values(PROVISIONING_SERVICES)
      .flatMap((definition) => Object.entries(definition))
      .map(([rpc, method]) => [rpc, emptyRequest(method)] as const)
      .filter(([rpc, request]) => 'requestId' in request && !TRIED_ELSEWHERE.includes(rpc)),
  );

const emptyRequest = (method: object): object =>
  (method as { requestDeserialize(bytes: Buffer): object }).requestDeserialize(Buffer.alloc(0));
