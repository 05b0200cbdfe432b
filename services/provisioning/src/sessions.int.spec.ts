import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import {
  asked,
  type Clients,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { ApiKeyRole, OrganizationRole, WorkspaceRole } = provisioningV1;
const UNKNOWN = 'UNAUTHENTICATED CREDENTIALS_UNKNOWN';
const DENIED = 'FORBIDDEN PERMISSION_DENIED';

describe('sessions', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let workspaceId = '';

  const issue = (fields: Partial<provisioningV1.IssueApiKeyRequest>) =>
    acme.admin.keys.issueApiKey(issueRequest({ name: 'a key', role: ApiKeyRole.ADMIN, ...fields }));
  const signIn = async (secret: string): Promise<Clients> =>
    bench.withKey((await bench.withKey(secret).sessions.createSession(asked({}))).token);
  const listKeys = ({ keys }: Clients) => keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({}));
  const isLetIn = (session: Clients): Promise<string> => refusalOf(listKeys(session));
  const isUnknown = (call: () => Promise<string>) =>
    eventually(async () => expect(await call()).toBe(UNKNOWN));
  const whoIs = ({ sessions }: Clients, use = true) => sessions.getSession({ use });
  /** Time passes for a session. */
  const unusedFor = (minutes: number, { session }: { session?: provisioningV1.Session | undefined }) =>
    bench.pool.query(
      'UPDATE provisioning.session_use SET used_at = used_at - make_interval(mins => $2) WHERE session_id = $1',
      [session?.id, minutes],
    );

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
    workspaceId =
      (await acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Research' }))).workspace?.id ??
      '';
  }, 120_000);
  afterAll(() => bench.close());

  it('may what their key may, and say whose they are', async () => {
    const { secret, apiKey } = await issue({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId, name: 'lead' });
    const session = await signIn(secret);
    expect(await whoIs(session)).toMatchObject({
      ...{ apiKeyName: 'lead', role: ApiKeyRole.WORKSPACE_ADMIN, memberId: '', idleSeconds: 1_800 },
      ...{ organizationId: acme.organizationId, organizationName: 'Acme' },
      ...{ workspaceId, workspaceName: 'Research', workspaceSlug: 'research' },
      session: { apiKeyId: apiKey?.id },
    });
    expect((await listKeys(session)).apiKeys.map(({ name }) => name)).toEqual(['lead']);
    expect(await refusalOf(session.workspaces.createWorkspace(workspaceRequest({ name: 'x' })))).toBe(DENIED);
    const narrow = await issue({ scopes: ['workspaces.list'] });
    expect(await isLetIn(await signIn(narrow.secret))).toBe('FORBIDDEN SCOPE_MISSING');
  });

  it('are made by keys of the control plane and by nothing else, least by sessions', async () => {
    const { secret } = await issue({ role: ApiKeyRole.WORKSPACE, workspaceId });
    expect(await refusalOf(signIn(secret))).toBe(DENIED);
    expect(await refusalOf(bench.as('operator').sessions.createSession(asked({})))).toBe(DENIED);
    const session = await signIn(acme.adminKey);
    expect(await refusalOf(session.sessions.createSession(asked({})))).toBe(DENIED);
    const link = provisioningV1.CreateSignInLinkRequest.fromPartial(asked({}));
    expect(await refusalOf(session.sessions.createSignInLink(link))).toBe(DENIED);
    expect(await refusalOf(whoIs(acme.admin))).toBe(DENIED);
  });

  it('are told once, and kept nowhere', async () => {
    const request = asked({});
    const { token } = await acme.admin.sessions.createSession(request);
    expect(token).toMatch(/^ghs_/);
    expect((await acme.admin.sessions.createSession(request)).token).toBe('');
    const { rows } = await bench.pool.query<{ all: string }>(
      `SELECT string_agg(data::text || metadata::text, ' ') AS all FROM event_store.event`,
    );
    expect(rows[0]?.all).toContain('"apiKeyId"');
    // The 43 letters of its secret, before the 12 of its check value.
    expect(rows[0]?.all).not.toContain(token.slice(-56, -13));
  });

  it('end when they are ended, for everybody', async () => {
    const [one, other] = [await signIn(acme.adminKey), await signIn(acme.adminKey)];
    await one.sessions.endSession(asked({}));
    await isUnknown(() => isLetIn(one));
    expect(await isLetIn(other)).toBe('accepted');
    await other.sessions.endSessions(asked({ apiKeyId: '' }));
    await isUnknown(() => isLetIn(other));
    expect(await acme.admin.sessions.listSessions({ apiKeyId: '' })).toEqual({
      ...{ sessions: [], organizationId: acme.organizationId },
    });
    expect(await isLetIn(await signIn(acme.adminKey))).toBe('accepted');
  });

  it('end with their key: revoked, rotated away, expired, or its workspace archived', async () => {
    const revoked = await issue({});
    const sessionOfRevoked = await signIn(revoked.secret);
    await acme.admin.keys.revokeApiKey(
      provisioningV1.RevokeApiKeyRequest.fromPartial(asked({ apiKeyId: revoked.apiKey?.id ?? '' })),
    );
    await isUnknown(() => isLetIn(sessionOfRevoked));

    const rotated = await issue({});
    const [before, rotate] = [await signIn(rotated.secret), { apiKeyId: rotated.apiKey?.id ?? '' }];
    const { secret } = await acme.admin.keys.rotateApiKey(
      provisioningV1.RotateApiKeyRequest.fromPartial(asked({ ...rotate, overlapSeconds: 0 })),
    );
    await isUnknown(() => isLetIn(before));
    expect(await isLetIn(await signIn(secret))).toBe('accepted');

    const expiring = await issue({ expiresAt: new Date(Date.now() + 1_500) });
    const untilThen = await signIn(expiring.secret);
    await isUnknown(() => isLetIn(untilThen));

    const made = await acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Gone' }));
    const gone = made.workspace?.id ?? '';
    const lead = await issue({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: gone });
    const ofGone = await signIn(lead.secret);
    await acme.admin.workspaces.archiveWorkspace(
      provisioningV1.ArchiveWorkspaceRequest.fromPartial(asked({ workspaceId: gone })),
    );
    await isUnknown(() => isLetIn(ofGone));
  });

  it('end with the membership of whose key it is', async () => {
    const owner = await bench
      .as('operator')
      .keys.issueApiKey(
        issueRequest({ organizationId: acme.organizationId, role: ApiKeyRole.OWNER, name: 'owner' }),
      );
    const { members } = bench.withKey(owner.secret);
    const roles = {
      organization: OrganizationRole.MEMBER,
      workspaces: [{ workspaceId, role: WorkspaceRole.ADMIN }],
    };
    const { token } = await members.inviteMember(
      provisioningV1.InviteMemberRequest.fromPartial(asked({ email: 'ann@mail.example', roles })),
    );
    const { member } = await bench.withKey(token).members.acceptInvite(asked({ name: 'Ann' }));
    const memberId = member?.id ?? '';
    const { secret } = await issue({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId, memberId });
    const session = await signIn(secret);
    expect(await whoIs(session)).toMatchObject({ memberId, memberName: 'Ann' });
    await members.removeMember(asked({ memberId }));
    await isUnknown(() => isLetIn(session));
  });

  it('end unused, which asking does not count as', async () => {
    const made = await acme.admin.sessions.createSession(asked({}));
    const session = bench.withKey(made.token);
    await unusedFor(20, made);
    await whoIs(session);
    await unusedFor(20, made);
    await whoIs(session, false);
    await unusedFor(20, made);
    expect(await refusalOf(whoIs(session))).toMatch(/^UNAUTHENTICATED (SESSION_IDLE|CREDENTIALS_UNKNOWN)$/);
    await isUnknown(() => isLetIn(session));

    // Of itself, where nobody asks.
    const forgotten = await acme.admin.sessions.createSession(asked({}));
    await unusedFor(31, forgotten);
    await isUnknown(() => isLetIn(bench.withKey(forgotten.token)));
  });

  it('end unused whatever request ids their holder has used', async () => {
    const { secret } = await issue({});
    const holder = bench.withKey(secret);
    const begun = await holder.sessions.createSession(asked({}));
    const session = bench.withKey(begun.token);
    expect(await isLetIn(session)).toBe('accepted');
    await holder.sessions.createSignInLink(
      provisioningV1.CreateSignInLinkRequest.fromPartial({
        ...asked({}),
        requestId: `idle-${begun.session?.id}`,
      }),
    );
    await unusedFor(31, begun);
    await isUnknown(() => isLetIn(session));
  });

  it('end unused however many were tried in vain before them', async () => {
    const begun = await acme.admin.sessions.createSession(asked({}));
    const session = bench.withKey(begun.token);
    expect(await isLetIn(session)).toBe('accepted');
    await unusedFor(31, begun);
    // As of links that were void: each is noted before that is found out.
    await bench.pool.query(
      `INSERT INTO provisioning.session_use (session_id, api_key_id, organization_id, used_at)
       SELECT 'ses_' || lpad(n::text, 26, '0'), $1, $2, date_trunc('second', now()) - interval '1 hour' FROM generate_series(1, 600) AS n`,
      [begun.session?.apiKeyId, acme.organizationId],
    );
    await isUnknown(() => isLetIn(session));
  });

  it('are of one key each, also where another has signed in under the same request id', async () => {
    const request = asked({});
    const secrets = [(await issue({})).secret, (await issue({})).secret];
    const begun = await Promise.all(
      secrets.map((secret) => bench.withKey(secret).sessions.createSession(request)),
    );
    const [session, other] = begun.map(({ token }) => bench.withKey(token)) as [Clients, Clients];
    await isLetIn(other);
    await other.sessions.endSession(asked({}));
    expect(await refusalOf(whoIs(session))).toBe('accepted');
    expect(begun[0]?.session?.id).not.toBe(begun[1]?.session?.id);
  });

  it('begin by a link once, also where it is presented twice at the same moment', async () => {
    const { token } = await acme.admin.sessions.createSignInLink(
      provisioningV1.CreateSignInLinkRequest.fromPartial(asked({})),
    );
    expect(token).toMatch(/^ghl_/);
    expect(await isLetIn(bench.withKey(token))).toBe(DENIED);
    const answers = await Promise.all([1, 2, 3].map(() => refusalOf(signIn(token))));
    expect(answers.sort()).toEqual([
      'UNAUTHENTICATED SIGN_IN_LINK_VOID',
      'UNAUTHENTICATED SIGN_IN_LINK_VOID',
      'accepted',
    ]);
  });

  it('begin by a link that the operator makes of an admin’s key', async () => {
    const { apiKey, secret } = await issue({});
    const named = { organizationId: acme.organizationId, apiKeyId: apiKey?.id ?? '' };
    const link = (fields: object) =>
      bench
        .as('operator')
        .sessions.createSignInLink(provisioningV1.CreateSignInLinkRequest.fromPartial(asked(fields)));
    const { token } = await link(named);
    const session = await signIn(token);
    expect((await whoIs(session)).session?.apiKeyId).toBe(apiKey?.id);
    const elsewhere = { ...named, organizationId: (await bench.tenant('Rival')).organizationId };
    expect(await refusalOf(link(elsewhere))).toBe('NOT_FOUND API_KEY_UNKNOWN');
    const { token: unused } = await link(named);
    await acme.admin.keys.revokeApiKey(
      provisioningV1.RevokeApiKeyRequest.fromPartial(asked({ apiKeyId: apiKey?.id ?? '' })),
    );
    expect(await refusalOf(signIn(unused))).toBe('REFUSED KEY_SIGNS_NOBODY_IN');
    expect(await refusalOf(link(named))).toBe('REFUSED KEY_SIGNS_NOBODY_IN');
    await isUnknown(() => refusalOf(signIn(secret)));
    const another = provisioningV1.CreateSignInLinkRequest.fromPartial(asked({ apiKeyId: named.apiKeyId }));
    expect(await refusalOf(acme.admin.sessions.createSignInLink(another))).toBe(
      'FORBIDDEN LINK_OF_ANOTHER_KEY',
    );
  });

  it('are tended by who tends the key, and nobody else', async () => {
    const lead = await issue({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId });
    const ofLead = await signIn(lead.secret);
    const { secret: auditor } = await issue({ role: ApiKeyRole.AUDITOR });
    const named = { apiKeyId: lead.apiKey?.id ?? '' };
    const end = (by: Clients, apiKeyId: string) => refusalOf(by.sessions.endSessions(asked({ apiKeyId })));
    expect((await acme.admin.sessions.listSessions(named)).sessions).toHaveLength(1);
    expect(await end(bench.withKey(auditor), named.apiKeyId)).toBe('FORBIDDEN SCOPE_MISSING');
    const { sessions } = await acme.admin.sessions.listSessions({ apiKeyId: '' });
    const ofAdmin = sessions[0]?.apiKeyId ?? '';
    expect(await end(ofLead, ofAdmin)).toBe('NOT_FOUND API_KEY_UNKNOWN');
    const rival = await bench.tenant('Rival 2');
    expect(await end(rival.admin, named.apiKeyId)).toBe('NOT_FOUND API_KEY_UNKNOWN');
    expect(await end(acme.admin, named.apiKeyId)).toBe('accepted');
    await isUnknown(() => isLetIn(ofLead));
  });
});
