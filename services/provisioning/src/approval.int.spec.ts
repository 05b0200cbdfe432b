import { AppError, deriveId } from '@gatehouse/kernel';
import { eventually, until } from '@gatehouse/kernel/testing';
import { eventsV1, meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
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

const { ApiKeyRole, ExistingProvisions, ProposalStatus } = provisioningV1;
const WANTED = 'REFUSED APPROVAL_REQUIRED';
const DAY_MS = 24 * 3_600_000;

const tokens = (amount: bigint, period = typeV1.ResetPeriod.MONTHLY): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: { amount: { $case: 'tokens', value: amount }, reset: { period }, strict: true },
    },
  });
const named = (...names: string[]) => ({ all: false, names });

/** An organization that has something of everything, bounded; then it wants approval. */
interface Bounded extends Tenant {
  /** Of somebody else, whom the operator let in. */
  readonly second: Clients;
  readonly workspaceId: string;
  readonly otherWorkspaceId: string;
  readonly integrationId: string;
  readonly otherIntegrationId: string;
  readonly provisionId: string;
  readonly limitId: string;
  readonly disabledId: string;
  readonly apiKeyId: string;
}

describe('what lets more be spent or called', () => {
  let bench: ProvisioningBench;
  let acme: Bounded;
  const ends = new Date(Date.now() + 30 * DAY_MS);

  const keyOf = async (clients: Clients, fields: Partial<provisioningV1.IssueApiKeyRequest>) => {
    const issued = await clients.keys.issueApiKey(issueRequest({ name: 'key', ...fields }));
    const made = bench.withKey(issued.secret);
    if (fields.workspaceId === undefined)
      await until(async () => (await refusalOf(made.approvals.getApproval({}))) === 'accepted');
    return { id: issued.apiKey?.id ?? '', clients: made };
  };
  const byOperator = async (
    organizationId: string,
    fields: Partial<provisioningV1.IssueApiKeyRequest> = {},
  ) => (await keyOf(bench.as('operator'), { organizationId, role: ApiKeyRole.ADMIN, ...fields })).clients;

  const bounded = async (name: string): Promise<Bounded> => {
    const tenant = await bench.tenant(name);
    const { organizationId, admin } = tenant;
    const second = await byOperator(organizationId);
    const limits = [tokens(100n)];
    const workspaces: string[] = [];
    for (const one of ['one', 'other']) {
      const { workspace } = await admin.workspaces.createWorkspace(workspaceRequest({ name: one, limits }));
      workspaces.push(workspace?.id ?? '');
    }
    const [workspaceId = '', otherWorkspaceId = ''] = workspaces;
    const integrationId = await bench.connect(organizationId, 'one');
    const otherIntegrationId = await bench.connect(organizationId, 'other');
    const provision = async (fields: Partial<provisioningV1.ProvisionIntegrationRequest>) =>
      (
        await admin.provisions.provisionIntegration(
          provisioningV1.ProvisionIntegrationRequest.fromPartial(
            asked({
              workspaceId,
              limits,
              models: named('small'),
              expiresAt: ends,
              atLeastPosition: '1',
              ...fields,
            }),
          ),
        )
      ).provision;
    const made = await provision({ integrationId });
    const disabled = await provision({ integrationId: otherIntegrationId });
    await admin.provisions.disableProvision(asked({ provisionId: disabled?.id ?? '' }));
    const { id: apiKeyId } = await keyOf(admin, { role: ApiKeyRole.WORKSPACE, workspaceId, limits });
    await admin.keys.changeApiKeyModels(asked({ apiKeyId, models: named('@one/small') }));
    for (const holder of holdersOf({ integrationId, workspaceId }))
      await admin.limits.changeLimits(asked({ atLeastPosition: '', holder, limits }));
    await admin.autoProvisions.setAutoProvision(policyOf({ integrationId, limits, models: named('small') }));
    await admin.approvals.changeApproval(asked({ required: true }));
    return {
      ...{ ...tenant, second, workspaceId, otherWorkspaceId, integrationId, otherIntegrationId, apiKeyId },
      ...{ provisionId: made?.id ?? '', limitId: made?.limits[0]?.id ?? '', disabledId: disabled?.id ?? '' },
    };
  };

  const holdersOf = ({ integrationId, workspaceId }: Pick<Bounded, 'integrationId' | 'workspaceId'>) => [
    { holder: { $case: 'organization', value: {} } } as const,
    { holder: { $case: 'integrationId', value: integrationId } } as const,
    { holder: { $case: 'keysOfWorkspaceId', value: workspaceId } } as const,
  ];
  const policyOf = (fields: Partial<provisioningV1.SetAutoProvisionRequest>) =>
    provisioningV1.SetAutoProvisionRequest.fromPartial(asked(fields));
  const bulkOf = (fields: Partial<provisioningV1.BulkProvisionRequest>) =>
    provisioningV1.BulkProvisionRequest.fromPartial(asked({ atLeastPosition: '1', ...fields }));

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bounded('Acme');
  }, 120_000);
  afterAll(() => bench.close());

  /** Every way that is known, each by itself: in this order each lets more than those before it. */
  const ways = (
    { workspaceId, otherWorkspaceId, integrationId, otherIntegrationId, ...made }: Bounded,
    by: Clients,
  ): Readonly<Record<string, () => Promise<unknown>>> => {
    const { provisionId, limitId, disabledId, apiKeyId } = made;
    const limits = (...list: typeV1.Limit[]) =>
      by.provisions.changeProvisionLimits(asked({ provisionId, limits: list }));
    const policy = { integrationId, limits: [tokens(100n)], models: named('small') };
    return {
      'a raise for a time': () =>
        by.provisions.raiseProvisionLimit(asked({ provisionId, limitId, more: 1n, until: ends })),
      'a limit that is raised': () => limits(tokens(101n)),
      'a shorter period': () => limits(tokens(100n, typeV1.ResetPeriod.WEEKLY)),
      'a limit of something else in its place': () =>
        limits(
          typeV1.Limit.fromPartial({
            kind: {
              $case: 'rateLimit',
              value: { unit: typeV1.RateUnit.TOKENS, window: typeV1.RateWindow.DAY, quota: 1n },
            },
          }),
        ),
      'a limit that is removed': () => limits(),
      'a later end': () =>
        by.provisions.changeProvisionExpiry(
          asked({ provisionId, expiresAt: new Date(ends.getTime() + DAY_MS) }),
        ),
      'no end any more': () =>
        by.provisions.changeProvisionExpiry(asked({ provisionId, expiresAt: undefined })),
      'a model more': () =>
        by.provisions.allowModels(asked({ provisionId, models: named('small', 'large') })),
      'every model': () =>
        by.provisions.allowModels(asked({ provisionId, models: { all: true, names: [] } })),
      'a provision that is enabled again': () =>
        by.provisions.enableProvision(asked({ provisionId: disabledId })),
      'a new provision': () =>
        by.provisions.provisionIntegration(
          provisioningV1.ProvisionIntegrationRequest.fromPartial(
            asked({ integrationId, workspaceId: otherWorkspaceId, limits: [tokens(1n)] }),
          ),
        ),
      'new provisions for many': () =>
        by.bulks.bulkProvision(bulkOf({ integrationId, workspaceIds: [otherWorkspaceId] })),
      'new provisions for all': () => by.bulks.bulkProvision(bulkOf({ integrationId, allWorkspaces: true })),
      'a new policy': () =>
        by.autoProvisions.setAutoProvision(policyOf({ ...policy, integrationId: otherIntegrationId })),
      'a policy with less of a limit': () =>
        by.autoProvisions.setAutoProvision(policyOf({ ...policy, limits: [] })),
      'a policy with more models': () =>
        by.autoProvisions.setAutoProvision(policyOf({ ...policy, models: named('small', 'large') })),
      'a policy that is for existing workspaces': () =>
        by.autoProvisions.setAutoProvision(policyOf({ ...policy, existing: ExistingProvisions.KEEP })),
      'a limit of a workspace that is raised': () =>
        by.workspaces.changeWorkspaceLimits(asked({ workspaceId, limits: [tokens(101n)] })),
      'a limit of a workspace that is removed': () =>
        by.workspaces.changeWorkspaceLimits(asked({ workspaceId, limits: [] })),
      'a limit of a key that is raised': () =>
        by.keys.changeApiKeyLimits(asked({ apiKeyId, limits: [tokens(101n)] })),
      'a model more for a key': () =>
        by.keys.changeApiKeyModels(asked({ apiKeyId, models: named('@one/small', '@one/large') })),
      ...Object.fromEntries(
        holdersOf({ integrationId, workspaceId }).flatMap((holder) => [
          [
            `a limit of ${holder.holder.$case} that is raised`,
            () => by.limits.changeLimits(asked({ atLeastPosition: '', holder, limits: [tokens(101n)] })),
          ],
          [
            `a limit of ${holder.holder.$case} that is removed`,
            () => by.limits.changeLimits(asked({ atLeastPosition: '', holder, limits: [] })),
          ],
        ]),
      ),
      'not to ask any more': () => by.approvals.changeApproval(asked({ required: false })),
    };
  };

  /** What gateways and metering could go by: everything but proposals and what commands were claimed. */
  const told = async (): Promise<string[]> => {
    const { events } = await bench.store.readAll({ after: 0n as never, limit: 10_000 });
    return events
      .filter(({ stream }) => !stream.startsWith('proposal-'))
      .map(({ stream, type }) => `${stream} ${type}`);
  };

  it('is refused whichever way it is tried, and becomes a proposal', async () => {
    const before = await told();
    for (const [way, attempt] of Object.entries(ways(acme, acme.admin)))
      expect([way, await refusalOf(attempt())]).toEqual([way, WANTED]);
    expect(await told()).toEqual(before);
    const { proposals, totalSize } = await acme.admin.approvals.listProposals(
      provisioningV1.ListProposalsRequest.fromPartial({
        pageSize: 100,
        atLeastPosition: String(await bench.store.head()),
      }),
    );
    expect(totalSize).toBe(Object.keys(ways(acme, acme.admin)).length);
    expect(proposals.every(({ status }) => status === ProposalStatus.OPEN)).toBe(true);
    // The newest first.
    expect(proposals[0]).toMatchObject({
      reason: 'spec',
      command: { command: { $case: 'changeApproval', value: { required: false } } },
    });
  });

  it('is carried out once somebody else has approved it, whichever way it was tried', async () => {
    const beta = await bounded('Beta');
    for (const [way, attempt] of Object.entries(ways(beta, beta.admin))) {
      const proposalId = await proposalIn(attempt());
      const { proposal } = await beta.second.approvals.approveProposal(asked({ proposalId }));
      expect([way, proposal?.status, proposal?.failure]).toEqual([way, ProposalStatus.CARRIED_OUT, '']);
    }
    expect((await beta.admin.approvals.getApproval({})).approval?.required).toBe(false);
  }, 120_000);

  it('leaves what lets less to everybody', async () => {
    const { admin, provisionId, workspaceId, integrationId, apiKeyId } = await bounded('Less');
    const limits = [tokens(99n)];
    await admin.provisions.changeProvisionLimits(asked({ provisionId, limits }));
    await admin.provisions.changeProvisionLimits(
      asked({ provisionId, limits: [tokens(99n, typeV1.ResetPeriod.NEVER)] }),
    );
    await admin.provisions.changeProvisionExpiry(
      asked({ provisionId, expiresAt: new Date(ends.getTime() - DAY_MS) }),
    );
    await admin.provisions.disableProvision(asked({ provisionId }));
    await admin.workspaces.changeWorkspaceLimits(asked({ workspaceId, limits }));
    await admin.keys.changeApiKeyLimits(asked({ apiKeyId, limits }));
    for (const holder of holdersOf({ integrationId, workspaceId }))
      await admin.limits.changeLimits(asked({ atLeastPosition: '', holder, limits }));
    await admin.autoProvisions.setAutoProvision(policyOf({ integrationId, limits, models: named('small') }));
    await admin.autoProvisions.turnOffAutoProvision(asked({ atLeastPosition: '', integrationId }));
    await admin.keys.revokeApiKey(asked({ apiKeyId }));
    // Taking back what was less is more again.
    expect(await refusalOf(admin.provisions.enableProvision(asked({ provisionId })))).toBe(WANTED);
  });

  it('gives a new workspace what its policy gives, to which was consented', async () => {
    const gamma = await bounded('Gamma');
    const { workspace } = await gamma.admin.workspaces.createWorkspace(workspaceRequest({ name: 'new' }));
    const { provisions } = await gamma.admin.provisions.listProvisions(
      provisioningV1.ListProvisionsRequest.fromPartial({
        workspaceId: workspace?.id ?? '',
        atLeastPosition: String(await bench.store.head()),
      }),
    );
    expect(provisions).toMatchObject([{ integrationId: gamma.integrationId, models: named('small') }]);
  });

  it('is known before it is asked for, and nothing is recorded of that', async () => {
    const { admin, provisionId } = acme;
    const preview = (limit: typeV1.Limit) =>
      admin.previews.previewCommand(
        provisioningV1.PreviewCommandRequest.fromPartial({
          command: {
            command: { $case: 'changeProvisionLimits', value: asked({ provisionId, limits: [limit] }) },
          },
        }),
      );
    const head = await bench.store.head();
    const more = await preview(tokens(101n));
    expect(more).toMatchObject({ letsMore: true, needsApproval: true });
    expect(more.events).toMatchObject([
      { stream: `provision-${provisionId}`, type: 'ProvisionLimitsChanged' },
    ]);
    expect(JSON.parse(more.events[0]?.dataJson ?? '')).toMatchObject({
      limits: [{ budget: { tokens: '101' } }],
    });
    expect(await preview(tokens(99n))).toMatchObject({ letsMore: false, needsApproval: false });
    expect((await preview(tokens(100n))).events).toEqual([]);
    expect(await refusalOf(admin.previews.previewCommand({ command: undefined, pageSize: 0, skip: 0 }))).toBe(
      'INVALID REQUEST_INVALID',
    );
    expect(await bench.store.head()).toBe(head);
  });

  it('is known of an integration, too: whom disabling, deleting or rotating it would hit', async () => {
    const { admin, integrationId, otherIntegrationId, workspaceId, provisionId, apiKeyId } = acme;
    const { ChangeEffect, IntegrationChange } = provisioningV1;
    const preview = (change: provisioningV1.IntegrationChange, id = integrationId, by = admin) =>
      by.previews.previewIntegrationChange(
        provisioningV1.PreviewIntegrationChangeRequest.fromPartial({ integrationId: id, change }),
      );
    const hit = {
      provision: { id: provisionId, workspaceId, slug: 'one' },
      workspaceName: 'one',
      keys: [{ id: apiKeyId, name: 'key' }],
      keyCount: 1,
    };
    expect(await preview(IntegrationChange.DISABLE)).toMatchObject({
      ...{ provisions: [{ ...hit, effect: ChangeEffect.STOPS }], totalSize: 1, needsApproval: false },
    });
    expect(await preview(IntegrationChange.DELETE)).toMatchObject({
      ...{ provisions: [{ ...hit, effect: ChangeEffect.ENDS }], needsApproval: false },
    });
    expect(await preview(IntegrationChange.ROTATE)).toMatchObject({
      ...{ provisions: [{ ...hit, effect: ChangeEffect.GOES_ON }], needsApproval: true },
    });
    // Of the other the workspace's key may call nothing, and the provision is disabled.
    expect((await preview(IntegrationChange.DISABLE, otherIntegrationId)).provisions).toMatchObject([
      { workspaceName: 'one', effect: ChangeEffect.NONE, keys: [], keyCount: 0 },
    ]);
    const stranger = await bench.tenant('Stranger');
    expect(await refusalOf(preview(IntegrationChange.DELETE, integrationId, stranger.admin))).toBe(
      'NOT_FOUND INTEGRATION_UNKNOWN',
    );
    expect(await refusalOf(preview(IntegrationChange.UNSPECIFIED))).toBe('INVALID REQUEST_INVALID');
  });

  describe('is approved by', () => {
    let amount = 500n;
    const raise = (by: Clients) =>
      proposalIn(
        by.provisions.changeProvisionLimits(
          asked({ provisionId: acme.provisionId, limits: [tokens(amount++)] }),
        ),
      );
    const approve = (by: Clients, proposalId: string) =>
      refusalOf(by.approvals.approveProposal(asked({ proposalId })));

    it('nobody who proposed it, by whichever of their keys', async () => {
      const { organizationId, admin } = acme;
      const proposalId = await raise(admin);
      expect(await approve(admin, proposalId)).toBe('FORBIDDEN OWN_PROPOSAL');
      const own = await keyOf(admin, { role: ApiKeyRole.ADMIN });
      const ownOfOwn = await keyOf(own.clients, { role: ApiKeyRole.ADMIN });
      for (const { clients } of [own, ownOfOwn])
        expect(await approve(clients, proposalId)).toBe('FORBIDDEN OWN_PROPOSAL');
      // A key that somebody else issued, and whose secret the proposer was told.
      const theirs = await keyOf(acme.second, { role: ApiKeyRole.ADMIN });
      const rotated = await admin.keys.rotateApiKey(asked({ apiKeyId: theirs.id, overlapSeconds: 60 }));
      const taken = bench.withKey(rotated.secret);
      await until(async () => (await refusalOf(taken.approvals.getApproval({}))) === 'accepted');
      expect(await approve(taken, proposalId)).toBe('FORBIDDEN OWN_PROPOSAL');
      // And the other way round: proposed by a key that the approver issued.
      expect(await approve(admin, await raise(own.clients))).toBe('FORBIDDEN OWN_PROPOSAL');
      // Two keys of one member, both from the operator.
      const memberId = await memberOf(organizationId, admin);
      const [one, two] = [
        await byOperator(organizationId, { memberId }),
        await byOperator(organizationId, { memberId }),
      ];
      const ofMember = await raise(one);
      expect(await approve(two, ofMember)).toBe('FORBIDDEN OWN_PROPOSAL');
      expect(await approve(admin, ofMember)).toBe('accepted');
    });

    const memberOf = async (organizationId: string, admin: Clients): Promise<string> => {
      const roles = { organization: provisioningV1.OrganizationRole.ADMIN, workspaces: [] };
      const { token } = await admin.members.inviteMember(
        provisioningV1.InviteMemberRequest.fromPartial(
          asked({ email: `${deriveId('x', organizationId)}@mail.example`, roles }),
        ),
      );
      const { member } = await bench.withKey(token).members.acceptInvite(asked({ name: 'Ann' }));
      return member?.id ?? '';
    };

    it('nobody without the scope of its command, and nobody of another organization', async () => {
      const proposalId = await raise(acme.admin);
      const narrow = await byOperator(acme.organizationId, {
        scopes: ['policies.update', 'organisation_settings.read'],
      });
      expect(await approve(narrow, proposalId)).toBe('FORBIDDEN SCOPE_MISSING');
      const rival = await bench.tenant('Rival');
      expect(await approve(rival.admin, proposalId)).toBe('NOT_FOUND PROPOSAL_UNKNOWN');
      expect(await refusalOf(rival.admin.approvals.rejectProposal(asked({ proposalId })))).toBe(
        'NOT_FOUND PROPOSAL_UNKNOWN',
      );
      expect(await refusalOf(rival.admin.approvals.getProposal({ proposalId, atLeastPosition: '' }))).toBe(
        'NOT_FOUND PROPOSAL_UNKNOWN',
      );
    });
  });

  it('is found again by its request, and answers as the command once it is carried out', async () => {
    const delta = await bounded('Delta');
    const request = asked({ provisionId: delta.provisionId, limits: [tokens(700n)] });
    const proposalId = await proposalIn(delta.admin.provisions.changeProvisionLimits(request));
    expect(await proposalIn(delta.admin.provisions.changeProvisionLimits(request))).toBe(proposalId);
    expect(
      await refusalOf(delta.admin.provisions.changeProvisionLimits({ ...request, limits: [tokens(7_000n)] })),
    ).toBe('CONFLICT REQUEST_ID_REUSED');
    await delta.second.approvals.approveProposal(asked({ proposalId }));
    const { provision } = await delta.admin.provisions.changeProvisionLimits(request);
    expect(provision?.limits).toMatchObject([
      { kind: { $case: 'budget', value: { amount: { value: 700n } } } },
    ]);
    const changed = (await bench.store.read(`provision-${delta.provisionId}`)).at(-1);
    const approval = (await bench.store.read(`proposal-${proposalId}`)).find(
      ({ type }) => type === 'ProposalApproved',
    );
    // As its proposer asked for it, because it was approved.
    expect(changed?.metadata).toMatchObject({
      actor: (await bench.store.read(`proposal-${proposalId}`))[0]?.metadata.actor,
      requestId: request.requestId,
      command: 'ChangeProvisionLimits',
      causationId: approval?.id,
    });
  });

  it('keeps its request id from every other content, also from one that lets less', async () => {
    const { admin, second, provisionId } = await bounded('Sigma');
    const more = asked({ provisionId, limits: [tokens(500n)] });
    const less = { ...more, limits: [tokens(50n)] };
    const change = admin.provisions.changeProvisionLimits.bind(admin.provisions);
    const proposalId = await proposalIn(change(more));
    expect(await refusalOf(change(less))).toBe('CONFLICT REQUEST_ID_REUSED');
    expect(await proposalIn(change(more))).toBe(proposalId);
    const { proposal } = await second.approvals.approveProposal(asked({ proposalId }));
    expect(proposal?.status).toBe(ProposalStatus.CARRIED_OUT);
    expect(await refusalOf(change(less))).toBe('CONFLICT REQUEST_ID_REUSED');
    expect((await change(more)).provision?.limits).toMatchObject([
      { kind: { $case: 'budget', value: { amount: { value: 500n } } } },
    ]);
    const rejected = asked({ provisionId, limits: [tokens(900n)] });
    await second.approvals.rejectProposal(asked({ proposalId: await proposalIn(change(rejected)) }));
    expect(await refusalOf(change({ ...rejected, limits: [tokens(90n)] }))).toBe(
      'CONFLICT REQUEST_ID_REUSED',
    );
  });

  it('is not taken for what was done under its request id without its approval', async () => {
    const { admin, second, provisionId } = await bounded('Tau');
    const more = asked({ provisionId, limits: [tokens(500n)] });
    const change = admin.provisions.changeProvisionLimits.bind(admin.provisions);
    const proposalId = await proposalIn(change(more));
    // An earlier version gave the id back, and proposals of its time are still open.
    await bench.pool.query('DELETE FROM provisioning.command_request WHERE request_id = $1', [
      more.requestId,
    ]);
    await change({ ...more, limits: [tokens(50n)] });
    const { proposal } = await second.approvals.approveProposal(asked({ proposalId }));
    expect(proposal).toMatchObject({ status: ProposalStatus.FAILED, failure: 'REQUEST_ID_REUSED' });
  });

  it('is not carried out where what it is about has changed since', async () => {
    const { admin, second, provisionId } = await bounded('Epsilon');
    const change = (amount: bigint) =>
      admin.provisions.changeProvisionLimits(asked({ provisionId, limits: [tokens(amount)] }));
    const proposalId = await proposalIn(change(200n));
    await change(10n);
    const { proposal } = await second.approvals.approveProposal(asked({ proposalId }));
    expect(proposal).toMatchObject({ status: ProposalStatus.FAILED, failure: 'REVISION_MISMATCH' });
    expect(await refusalOf(second.approvals.approveProposal(asked({ proposalId })))).toBe(
      'REFUSED PROPOSAL_FAILED',
    );
  });

  it('is not carried out in a workspace that was archived since', async () => {
    const { admin, second, provisionId, workspaceId } = await bounded('Archived');
    const more = asked({ provisionId, limits: [tokens(200n)] });
    const proposalId = await proposalIn(admin.provisions.changeProvisionLimits(more));
    await admin.workspaces.archiveWorkspace(asked({ workspaceId }));
    const { proposal } = await second.approvals.approveProposal(asked({ proposalId }));
    expect(proposal).toMatchObject({ status: ProposalStatus.FAILED, failure: 'WORKSPACE_ARCHIVED' });
  });

  it('is rejected by anybody, also by who proposed it, and is not approved any more', async () => {
    const { admin, second, provisionId } = await bounded('Zeta');
    const proposalId = await proposalIn(
      admin.provisions.changeProvisionLimits(asked({ provisionId, limits: [] })),
    );
    const { proposal } = await admin.approvals.rejectProposal(asked({ proposalId }));
    expect(proposal?.status).toBe(ProposalStatus.REJECTED);
    expect(await refusalOf(second.approvals.approveProposal(asked({ proposalId })))).toBe(
      'REFUSED PROPOSAL_REJECTED',
    );
  });

  /** As if it had been proposed by a process that ended, at some other time. */
  const proposed = async (tenant: Bounded, expiresAt: Date, name: string): Promise<string> => {
    const proposalId = deriveId('prp', tenant.organizationId, name);
    const [{ revision } = { revision: 0n }] = await bench.store.read(`provision-${tenant.provisionId}`, {
      direction: 'backward',
      limit: 1,
    });
    const change = asked({ provisionId: tenant.provisionId, limits: [tokens(300n)] });
    const message = eventsV1.ChangeProposed.fromPartial({
      ...{ proposalId, organizationId: tenant.organizationId, scopes: ['providers.update'], expiresAt },
      behind: [deriveId('mbr', 'gone')],
      command: { command: { $case: 'changeProvisionLimits', value: change } },
      judgedStream: `provision-${tenant.provisionId}`,
      judgedRevision: revision,
    });
    // The spec's events are a service's; a proposal is a key's.
    await bench.append(tenant.organizationId, `proposal-${proposalId}`, 'ChangeProposed', message);
    return proposalId;
  };

  it('expires by itself, which is told', async () => {
    const eta = await bounded('Eta');
    const proposalId = await proposed(eta, new Date(Date.now() - 1), 'old');
    expect(await refusalOf(eta.second.approvals.approveProposal(asked({ proposalId })))).toBe(
      'REFUSED PROPOSAL_EXPIRED',
    );
    await eventually(async () =>
      expect((await bench.store.read(`proposal-${proposalId}`)).map(({ type }) => type)).toEqual([
        'ChangeProposed',
        'ProposalExpired',
      ]),
    );
    const { proposal } = await eta.admin.approvals.getProposal({
      proposalId,
      atLeastPosition: String(await bench.store.head()),
    });
    expect(proposal?.status).toBe(ProposalStatus.EXPIRED);
  });

  it('is carried out by the process manager where a process ended right after it was approved', async () => {
    const theta = await bounded('Theta');
    const proposalId = await proposalIn(
      theta.admin.provisions.changeProvisionLimits(
        asked({ provisionId: theta.provisionId, limits: [tokens(300n)] }),
      ),
    );
    const message = eventsV1.ProposalApproved.fromPartial({ proposalId, behind: ['somebody'] });
    await bench.append(theta.organizationId, `proposal-${proposalId}`, 'ProposalApproved', message);
    await eventually(async () =>
      expect((await bench.store.read(`proposal-${proposalId}`)).map(({ type }) => type)).toEqual([
        'ChangeProposed',
        'ProposalApproved',
        'ProposalCarriedOut',
      ]),
    );
    const last = (await bench.store.read(`provision-${theta.provisionId}`)).at(-1);
    expect(last?.data).toMatchObject({ limits: [{ budget: { tokens: '300' } }] });
  });

  /** Of the key that a tenant began with. */
  const idOf = async (secret: string): Promise<string> => {
    const { apiKeys } = await bench
      .withKey(secret)
      .keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({ pageSize: 200 }));
    return apiKeys.find(({ name }) => name === 'first')?.id ?? '';
  };

  describe('of the registry', () => {
    /** As the registry asks, where its own commands want approval. */
    const proposedBy = async (
      { organizationId, adminKey }: Tenant,
      fields: Partial<provisioningV1.ProposeChangeRequest> = {},
    ): Promise<provisioningV1.ProposeChangeRequest> => ({
      ...asked({ organizationId }),
      command: {
        name: 'RotateCredential',
        requestJson: '{"integrationId":"int_one"}',
        credential: provisioningV1.ProposedCredential.fromPartial({
          ...{ version: 2, fingerprint: 'f00d', origins: ['https://a.example:443'] },
          locatedReferences: [
            { slug: 'openai', locator: { manager: { $case: 'environment', value: 'OPENAI_KEY' } } },
          ],
        }),
      },
      judgedStream: 'integration-one',
      judgedRevision: 7n,
      scopes: ['organisation_integrations.update'],
      proposedBy: { kind: typeV1.ActorKind.API_KEY, id: await idOf(adminKey), address: '192.0.2.1' },
      ...fields,
    });
    const propose = (request: provisioningV1.ProposeChangeRequest) =>
      bench.as('registry').proposals.proposeChange(request);

    it('is decided on here, by somebody else, and carried out there as it was asked for', async () => {
      const iota = await bounded('Iota');
      const request = await proposedBy(iota);
      const { proposalId, status, expiresAt } = await propose(request);
      expect(status).toBe(ProposalStatus.OPEN);
      expect(expiresAt?.getTime()).toBeGreaterThan(Date.now() + 6 * DAY_MS);
      expect((await propose(request)).proposalId).toBe(proposalId);
      const approve = (by: Clients) => by.approvals.approveProposal(asked({ proposalId }));
      expect(await refusalOf(approve(iota.admin))).toBe('FORBIDDEN OWN_PROPOSAL');
      const narrow = await byOperator(iota.organizationId, {
        scopes: ['policies.update', 'organisation_settings.read'],
      });
      expect(await refusalOf(approve(narrow))).toBe('FORBIDDEN SCOPE_MISSING');
      expect(bench.contents.carriedOut).toEqual([]);
      const { proposal } = await approve(iota.second);
      expect(proposal).toMatchObject({
        status: ProposalStatus.CARRIED_OUT,
        command: { command: { $case: 'registry', value: request.command } },
      });
      const approval = (await bench.store.read(`proposal-${proposalId}`)).find(
        ({ type }) => type === 'ProposalApproved',
      );
      const { organizationId, command, judgedStream, judgedRevision, proposedBy: by } = request;
      const wanted = { organizationId, command, judgedStream, judgedRevision, proposedBy: by };
      // Whoever looks for what is open may come to it at the same time, and asks for the same.
      const [first, ...again] = bench.contents.carriedOut.splice(0);
      expect(first).toEqual({ ...wanted, causationId: approval?.id });
      expect(again).toEqual(again.map(() => first));
    });

    it('fails where the registry refuses it, and waits for a registry that is away', async () => {
      const kappa = await bounded('Kappa');
      const { proposalId } = await propose(await proposedBy(kappa));
      bench.contents.refusal = new AppError('CONFLICT', 'REVISION_MISMATCH');
      const { proposal } = await kappa.second.approvals.approveProposal(asked({ proposalId }));
      expect(proposal).toMatchObject({ status: ProposalStatus.FAILED, failure: 'REVISION_MISMATCH' });
      bench.contents.refusal = undefined;
      const other = await propose(await proposedBy(kappa));
      bench.contents.down = true;
      const approving = kappa.second.approvals.approveProposal(asked({ proposalId: other.proposalId }));
      expect(await refusalOf(approving)).toMatch(/^UNAVAILABLE /);
      bench.contents.down = false;
      await eventually(async () =>
        expect((await bench.store.read(`proposal-${other.proposalId}`)).at(-1)?.type).toBe(
          'ProposalCarriedOut',
        ),
      );
    });

    it('holds up nothing that is approved behind it, however much waits for a registry that is away', async () => {
      const sigma = await bounded('Sigma');
      const { organizationId, provisionId } = sigma;
      const approved = (proposalId: string) =>
        bench.append(
          ...([organizationId, `proposal-${proposalId}`, 'ProposalApproved'] as const),
          eventsV1.ProposalApproved.fromPartial({ proposalId, behind: ['somebody'] }),
        );
      const request = await proposedBy(sigma);
      bench.contents.down = true;
      await Promise.all(
        Array.from({ length: 101 }, async () =>
          approved((await propose({ ...request, ...asked({}) })).proposalId),
        ),
      );
      const limits = [tokens(300n)];
      const behind = await proposalIn(
        sigma.admin.provisions.changeProvisionLimits(asked({ provisionId, limits })),
      );
      await approved(behind);
      await eventually(async () =>
        expect((await bench.store.read(`proposal-${behind}`)).at(-1)?.type).toBe('ProposalCarriedOut'),
      );
      bench.contents.down = false;
    });

    it.each([
      new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN'),
      new AppError('FORBIDDEN', 'SERVICE_FORBIDDEN'),
      new AppError('EXHAUSTED', 'RATE_LIMITED'),
    ])('waits for a registry that refuses who asks, and not what is asked: $code', async (refusal) => {
      const rho = await bounded(`Rho ${refusal.reason.length}`);
      const { proposalId } = await propose(await proposedBy(rho));
      bench.contents.refusal = refusal;
      const approving = rho.second.approvals.approveProposal(asked({ proposalId }));
      expect(await refusalOf(approving)).toBe('UNAVAILABLE PEER_REFUSED');
      bench.contents.refusal = undefined;
      await eventually(async () =>
        expect((await bench.store.read(`proposal-${proposalId}`)).at(-1)?.type).toBe('ProposalCarriedOut'),
      );
    });

    it('is proposed by the registry alone, in the name of a key of the organization', async () => {
      const lambda = await bounded('Lambda');
      const request = await proposedBy(lambda);
      for (const other of [bench.as('gateway'), bench.as('operator'), lambda.admin])
        expect(await refusalOf(other.proposals.proposeChange(request))).toMatch(/^FORBIDDEN /);
      expect(
        await refusalOf(propose({ ...request, ...asked({ organizationId: acme.organizationId }) })),
      ).toBe('NOT_FOUND API_KEY_UNKNOWN');
      for (const bad of [
        { scopes: [] },
        { scopes: ['anything'] },
        { command: undefined },
        { judgedStream: '' },
      ])
        expect(await refusalOf(propose(await proposedBy(lambda, bad)))).toBe('INVALID REQUEST_INVALID');
      expect(
        await refusalOf(
          lambda.admin.previews.previewCommand({
            command: {
              command: { $case: 'registry', value: request.command as provisioningV1.RegistryCommand },
            },
            ...{ pageSize: 0, skip: 0 },
          }),
        ),
      ).toBe('INVALID REQUEST_INVALID');
    });
  });

  describe('of metering', () => {
    /** As metering asks, where a reset wants approval. */
    const proposedBy = async (
      { organizationId, adminKey, limitId }: Bounded,
      fields: Partial<provisioningV1.ProposeResetRequest> = {},
    ): Promise<provisioningV1.ProposeResetRequest> => ({
      organizationId,
      reset: { request: asked({ limitId }), periodStart: new Date('2026-11-01T00:00:00Z') },
      scopes: ['policies.update'],
      proposedBy: { kind: typeV1.ActorKind.API_KEY, id: await idOf(adminKey), address: '192.0.2.1' },
      ...fields,
    });
    const propose = (request: provisioningV1.ProposeResetRequest) =>
      bench.as('metering').proposals.proposeReset(request);
    const lastOf = async (proposalId: string) => (await bench.store.read(`proposal-${proposalId}`)).at(-1);

    it('a reset is decided on here, by somebody else, and carried out there as it was asked for', async () => {
      const mu = await bounded('Mu');
      const request = await proposedBy(mu);
      const { proposalId, status } = await propose(request);
      expect(status).toBe(ProposalStatus.OPEN);
      expect((await propose(request)).proposalId).toBe(proposalId);
      const another = { ...request.reset, periodStart: new Date() } as meteringV1.ProposedReset;
      expect(await refusalOf(propose({ ...request, reset: another }))).toBe('CONFLICT REQUEST_ID_REUSED');
      const approve = (by: Clients) => by.approvals.approveProposal(asked({ proposalId }));
      expect(await refusalOf(approve(mu.admin))).toBe('FORBIDDEN OWN_PROPOSAL');
      // A second key of the same person.
      const again = await keyOf(mu.admin, { role: ApiKeyRole.ADMIN });
      expect(await refusalOf(approve(again.clients))).toBe('FORBIDDEN OWN_PROPOSAL');
      const narrow = await byOperator(mu.organizationId, {
        scopes: ['organisation_integrations.update', 'organisation_settings.read'],
      });
      expect(await refusalOf(approve(narrow))).toBe('FORBIDDEN SCOPE_MISSING');
      expect(bench.metering.resets).toEqual([]);
      const { proposal } = await approve(mu.second);
      expect(proposal).toMatchObject({
        status: ProposalStatus.CARRIED_OUT,
        command: { command: { $case: 'resetBudget', value: request.reset } },
      });
      const approval = (await bench.store.read(`proposal-${proposalId}`)).find(
        ({ type }) => type === 'ProposalApproved',
      );
      const { organizationId, reset, proposedBy: by } = request;
      expect(bench.metering.resets.splice(0)).toEqual([
        { organizationId, reset, proposedBy: by, causationId: approval?.id },
      ]);
    });

    it('nothing is reset that was rejected, or is refused there; it waits for a metering that is away', async () => {
      const nu = await bounded('Nu');
      const rejected = await propose(await proposedBy(nu));
      await nu.second.approvals.rejectProposal(asked({ proposalId: rejected.proposalId }));
      const approve = (proposalId: string) => nu.second.approvals.approveProposal(asked({ proposalId }));
      expect(await refusalOf(approve(rejected.proposalId))).toBe('REFUSED PROPOSAL_REJECTED');
      expect(bench.metering.resets).toEqual([]);
      bench.metering.refusal = new AppError('CONFLICT', 'REVISION_MISMATCH');
      const over = await approve((await propose(await proposedBy(nu))).proposalId);
      expect(over.proposal).toMatchObject({ status: ProposalStatus.FAILED, failure: 'REVISION_MISMATCH' });
      bench.metering.refusal = undefined;
      bench.metering.down = true;
      const { proposalId } = await propose(await proposedBy(nu));
      expect(await refusalOf(approve(proposalId))).toMatch(/^UNAVAILABLE /);
      bench.metering.down = false;
      await eventually(async () => expect((await lastOf(proposalId))?.type).toBe('ProposalCarriedOut'));
    });

    it('a correction is decided on here too, and the same request is the same proposal whatever was found', async () => {
      const omicron = await bounded('Omicron');
      const { organizationId, limitId, adminKey } = omicron;
      const proposed = (doubt: bigint, about = asked({ limitId })) => ({
        organizationId,
        correction: {
          correction: {
            $case: 'waiveDoubt' as const,
            value: { request: about, periodStart: new Date('2026-11-01T00:00:00Z'), doubt },
          },
        },
        scopes: ['policies.update'],
        proposedBy: { kind: typeV1.ActorKind.API_KEY, id: '', address: '192.0.2.1' },
      });
      const of = async (request: ReturnType<typeof proposed>) => ({
        ...request,
        proposedBy: { ...request.proposedBy, id: await idOf(adminKey) },
      });
      const correct = (request: provisioningV1.ProposeCorrectionRequest) =>
        bench.as('metering').proposals.proposeCorrection(request);
      const about = asked({ limitId });
      const first = await of(proposed(30n, about));
      const { proposalId } = await correct(first);
      expect((await correct(await of(proposed(40n, about)))).proposalId).toBe(proposalId);
      const reworded = await of(
        proposed(30n, { ...about, limitId: `${limitId.slice(0, -1)}${limitId.endsWith('0') ? '1' : '0'}` }),
      );
      expect(await refusalOf(correct(reworded))).toBe('CONFLICT REQUEST_ID_REUSED');
      for (const other of [bench.as('gateway'), bench.as('registry'), omicron.admin])
        expect(await refusalOf(other.proposals.proposeCorrection(first))).toMatch(/^FORBIDDEN /);
      for (const bad of [{ scopes: [] }, { correction: undefined }, { proposedBy: undefined }])
        expect(await refusalOf(correct({ ...first, ...bad }))).toBe('INVALID REQUEST_INVALID');
      const { proposal } = await omicron.second.approvals.approveProposal(asked({ proposalId }));
      expect(proposal).toMatchObject({
        status: ProposalStatus.CARRIED_OUT,
        command: { command: { $case: 'correctUsage', value: first.correction } },
      });
      const { correction, proposedBy: by } = first;
      expect(bench.metering.corrections).toMatchObject([{ organizationId, correction, proposedBy: by }]);
      expect(bench.metering.corrections[0]?.causationId).not.toBe('');
      const rerating = asked({ terms: meteringV1.RerateTerms.fromPartial({ model: 'small' }) });
      const rated = (request: typeof rerating, changed: bigint) => {
        const found = meteringV1.RerateTally.fromPartial({ changed });
        const value = { request, found, reratingId: 'rrt', priceBookVersion: 2n, lowersNanoUsd: 3n };
        return { ...first, correction: { correction: { $case: 'rerateUsage' as const, value } } };
      };
      const again = await correct(rated(rerating, 5n));
      expect(again.proposalId).not.toBe(proposalId);
      expect(await correct(rated(rerating, 6n))).toEqual(again);
      const other = { ...rerating, terms: { ...rerating.terms, model: 'large' } };
      expect(await refusalOf(correct(rated(other, 5n)))).toBe('CONFLICT REQUEST_ID_REUSED');
    });

    it('a reset is proposed by metering alone, in the name of a key of the organization', async () => {
      const xi = await bounded('Xi');
      const request = await proposedBy(xi);
      for (const other of [bench.as('gateway'), bench.as('registry'), bench.as('operator'), xi.admin])
        expect(await refusalOf(other.proposals.proposeReset(request))).toMatch(/^FORBIDDEN /);
      expect(await refusalOf(propose({ ...request, organizationId: acme.organizationId }))).toBe(
        'NOT_FOUND API_KEY_UNKNOWN',
      );
      for (const bad of [{ scopes: [] }, { reset: undefined }, { proposedBy: undefined }])
        expect(await refusalOf(propose(await proposedBy(xi, bad)))).toBe('INVALID REQUEST_INVALID');
      const value = request.reset as meteringV1.ProposedReset;
      const preview = xi.admin.previews.previewCommand({
        command: { command: { $case: 'resetBudget', value } },
        ...{ pageSize: 0, skip: 0 },
      });
      expect(await refusalOf(preview)).toBe('INVALID REQUEST_INVALID');
    });
  });
});
