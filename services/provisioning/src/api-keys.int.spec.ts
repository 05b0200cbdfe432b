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

const { ApiKeyRole, ApiKeyStatus } = provisioningV1;

/** That is told by lists alone. */
const withoutLastUse = (key: provisioningV1.ApiKey | undefined): Partial<provisioningV1.ApiKey> => ({
  ...key,
  lastUsedAt: undefined,
  lastUsedService: '',
  lastUseUnknown: true,
});

/** What keys of each role may, as their holders see it. */
describe('API keys', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let ours: string;
  let theirs: string;
  /** Of the newest key. */
  let position = '';

  const workspace = async (name: string): Promise<string> => {
    const { workspace: made } = await acme.admin.workspaces.createWorkspace(workspaceRequest({ name }));
    return made?.id ?? '';
  };
  const issued = async (
    fields: Partial<provisioningV1.IssueApiKeyRequest>,
    by = acme.admin,
  ): Promise<{ readonly id: string; readonly clients: Clients }> => {
    const answer = await by.keys.issueApiKey(issueRequest({ name: 'key', ...fields }));
    position = answer.position;
    return { id: answer.apiKey?.id ?? '', clients: bench.withKey(answer.secret) };
  };
  const provision = async (slug: string, workspaceId: string): Promise<string> => {
    const integrationId = await bench.connect(acme.organizationId, slug);
    const request = asked({ integrationId, workspaceId, atLeastPosition: '1' });
    const { provision: made } = await acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(request),
    );
    return made?.id ?? '';
  };
  const listKeys = async (clients: Clients, workspaceId = ''): Promise<readonly string[]> => {
    const request = provisioningV1.ListApiKeysRequest.fromPartial({
      workspaceId,
      pageSize: 200,
      atLeastPosition: position,
    });
    return (await clients.keys.listApiKeys(request)).apiKeys.map(({ id }) => id);
  };
  const listProvisions = async (clients: Clients, workspaceId = ''): Promise<readonly string[]> => {
    const request = provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId });
    return (await clients.provisions.listProvisions(request)).provisions.map(({ id }) => id);
  };
  const revoke = (clients: Clients, apiKeyId: string) => clients.keys.revokeApiKey(asked({ apiKeyId }));

  const ended = (clients: Clients): Promise<number> =>
    until(async () => (await refusalOf(listKeys(clients))) === 'UNAUTHENTICATED CREDENTIALS_UNKNOWN');

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
    [ours, theirs] = [await workspace('Ours'), await workspace('Theirs')];
  }, 120_000);
  afterAll(() => bench.close());

  describe('of a workspace admin', () => {
    it('tend the keys of their own workspace, and see no other', async () => {
      const { clients: admin, id } = await issued({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: ours });
      const foreign = await issued({ role: ApiKeyRole.WORKSPACE, workspaceId: theirs });
      const member = await issued({ role: ApiKeyRole.WORKSPACE, workspaceId: ours }, admin);
      const second = await issued({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: ours }, admin);
      expect(await listKeys(admin)).toEqual([id, member.id, second.id]);
      expect(await refusalOf(listKeys(admin, theirs))).toBe('FORBIDDEN WORKSPACE_FORBIDDEN');
      expect(await refusalOf(revoke(admin, foreign.id))).toBe('NOT_FOUND API_KEY_UNKNOWN');
      expect(await refusalOf(issued({ role: ApiKeyRole.WORKSPACE, workspaceId: theirs }, admin))).toBe(
        'FORBIDDEN WORKSPACE_FORBIDDEN',
      );
      expect(await refusalOf(issued({ role: ApiKeyRole.AUDITOR }, admin))).toBe('FORBIDDEN SCOPE_MISSING');
      await revoke(admin, member.id);
      await ended(member.clients);
    });

    it("read their workspace and its provisions, and change nothing of the organization's", async () => {
      const { clients: admin } = await issued({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: ours });
      const [own, foreign] = [await provision('own', ours), await provision('foreign', theirs)];
      const at = { atLeastPosition: '' };
      const { workspace: read } = await admin.workspaces.getWorkspace({ workspaceId: ours, ...at });
      expect(read?.name).toBe('Ours');
      const other = admin.workspaces.getWorkspace({ workspaceId: theirs, ...at });
      expect(await refusalOf(other)).toBe('FORBIDDEN WORKSPACE_FORBIDDEN');
      const bySlug = (slug: string) =>
        admin.workspaces.getWorkspace({ workspaceId: '', slug, atLeastPosition: '' });
      expect((await bySlug('ours')).workspace?.id).toBe(ours);
      for (const slug of ['theirs', 'nobodys'])
        expect(await refusalOf(bySlug(slug))).toBe('FORBIDDEN WORKSPACE_FORBIDDEN');
      expect(await listProvisions(admin)).toEqual([own]);
      const request = { provisionId: foreign, ...at };
      expect(await refusalOf(admin.provisions.getProvision(request))).toBe('NOT_FOUND PROVISION_UNKNOWN');
      expect(await refusalOf(listProvisions(admin, theirs))).toBe('FORBIDDEN WORKSPACE_FORBIDDEN');
      const disabled = admin.provisions.disableProvision(asked({ provisionId: own, expectedRevision: 0n }));
      expect(await refusalOf(disabled)).toBe('FORBIDDEN PERMISSION_DENIED');
      const all = provisioningV1.ListWorkspacesRequest.fromPartial({});
      expect(await refusalOf(admin.workspaces.listWorkspaces(all))).toBe('FORBIDDEN PERMISSION_DENIED');
    });
  });

  it('of a member manage nothing', async () => {
    const { clients: member } = await issued({ role: ApiKeyRole.WORKSPACE, workspaceId: ours });
    for (const call of [
      () => listKeys(member),
      () => listProvisions(member),
      () => issued({ role: ApiKeyRole.WORKSPACE, workspaceId: ours }, member),
    ])
      expect(await refusalOf(call())).toBe('FORBIDDEN PERMISSION_DENIED');
  });

  it('of an auditor read everything, and change nothing', async () => {
    const { clients: auditor } = await issued({ role: ApiKeyRole.AUDITOR });
    expect(await listKeys(auditor)).toEqual(await listKeys(acme.admin));
    expect(await listProvisions(auditor)).toEqual(await listProvisions(acme.admin));
    const created = auditor.workspaces.createWorkspace(workspaceRequest({ name: 'Audited' }));
    expect(await refusalOf(created)).toBe('FORBIDDEN PERMISSION_DENIED');
    expect(await refusalOf(issued({ role: ApiKeyRole.AUDITOR }, auditor))).toBe(
      'FORBIDDEN PERMISSION_DENIED',
    );
  });

  it('of an owner are out of the reach of admins, and issued by owners and the operator', async () => {
    const request = { role: ApiKeyRole.OWNER, organizationId: acme.organizationId };
    const owner = await issued(request, bench.as('operator'));
    expect(await refusalOf(issued({ role: ApiKeyRole.OWNER }))).toBe('FORBIDDEN KEY_ABOVE_CALLER');
    expect(await refusalOf(revoke(acme.admin, owner.id))).toBe('FORBIDDEN KEY_ABOVE_CALLER');
    const second = await issued({ role: ApiKeyRole.OWNER }, owner.clients);
    await revoke(second.clients, owner.id);
    await ended(owner.clients);
    const auditor = issued({ ...request, role: ApiKeyRole.AUDITOR }, bench.as('operator'));
    expect(await refusalOf(auditor)).toBe('FORBIDDEN OPERATOR_ISSUES_ADMIN_KEYS');
  });

  it('carry scopes: they may no more, and give on no more', async () => {
    const scopes = [
      'workspace_service_api_keys.create',
      'workspace_service_api_keys.list',
      'completions.write',
    ];
    const { clients: narrow } = await issued({ role: ApiKeyRole.ADMIN, scopes });
    const member = { role: ApiKeyRole.WORKSPACE, workspaceId: ours };
    const given = await issued({ ...member, scopes: ['completions.write'] }, narrow);
    expect(await refusalOf(issued(member, narrow))).toBe('FORBIDDEN KEY_ABOVE_CALLER');
    expect(await refusalOf(revoke(narrow, given.id))).toBe('FORBIDDEN SCOPE_MISSING');
    expect(await refusalOf(listProvisions(narrow))).toBe('FORBIDDEN SCOPE_MISSING');
    // It lists the kinds of keys that it may list, and no others.
    const auditor = await issued({ role: ApiKeyRole.AUDITOR });
    const listed = await listKeys(narrow);
    expect(listed).toContain(given.id);
    expect(listed).not.toContain(auditor.id);
    const request = provisioningV1.ListApiKeysRequest.fromPartial({
      atLeastPosition: position,
      pageSize: 200,
    });
    const { apiKeys } = await acme.admin.keys.listApiKeys(request);
    expect(apiKeys.find(({ id }) => id === given.id)).toMatchObject({
      scopes: ['completions.write'],
      kind: provisioningV1.ApiKeyKind.SERVICE,
    });
  });

  it.each([
    ['an unknown scope', { scopes: ['completions.read'] }],
    ['a scope beyond the role', { scopes: ['workspaces.create'] }],
    ['a scope twice', { scopes: ['completions.write', 'completions.write'] }],
    ['a model without its provider', { models: { all: false, names: ['small'] } }],
  ])('are not issued with %s', async (_what, fields) => {
    const asked = issued({ role: ApiKeyRole.WORKSPACE, workspaceId: ours, ...fields });
    expect(await refusalOf(asked)).toBe('INVALID REQUEST_INVALID');
  });

  describe('are listed with when they last called', () => {
    const minute = new Date('2026-11-27T03:41:00Z');
    /** Later than anybody calls provisioning here. */
    const hour = new Date('2126-11-27T04:00:00Z');
    let used: string;
    let silent: string;
    let auditor: { readonly id: string; readonly clients: Clients };

    const restart = async (): Promise<void> => {
      await bench.stop();
      await bench.start();
    };

    type Told = readonly [at: Date | undefined, service: string, unknown: boolean];

    const listed = async (): Promise<(id: string) => Told | undefined> => {
      const request = { pageSize: 200, atLeastPosition: position };
      const { apiKeys } = await acme.admin.keys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial(request),
      );
      const told = new Map(
        apiKeys.map((key) => [key.id, [key.lastUsedAt, key.lastUsedService, key.lastUseUnknown] as const]),
      );
      return (id) => told.get(id);
    };

    beforeAll(async () => {
      const workspaceId = await workspace('Used');
      const wanted = { role: ApiKeyRole.WORKSPACE, workspaceId };
      [used, silent] = [(await issued(wanted)).id, (await issued(wanted)).id];
      auditor = await issued({ role: ApiKeyRole.AUDITOR });
      bench.metering.lastCalls.set(used, minute);
    });
    afterEach(() => {
      bench.metering.down = bench.contents.keyUses.down = false;
      bench.contents.keyUses.hours.clear();
    });

    it('by the service that they called last, as that says', async () => {
      const told = await listed();
      expect([used, silent, auditor.id].map(told)).toEqual([
        [minute, 'gateway', false],
        [undefined, '', false],
        [undefined, '', false],
      ]);
      bench.contents.keyUses.hours.set(used, hour);
      expect((await listed())(used)).toEqual([hour, 'registry', false]);
    });

    it('by provisioning itself, also after a restart, and whatever was asked for', async () => {
      const refused = auditor.clients.keys.revokeApiKey(asked({ apiKeyId: used }));
      expect(await refusalOf(refused)).toBe('FORBIDDEN PERMISSION_DENIED');
      const thisHour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
      await until(async () => (await listed())(auditor.id)?.[1] === 'provisioning');
      await restart();
      const [at, service, unknown] = (await listed())(auditor.id) ?? [];
      expect([service, unknown]).toEqual(['provisioning', false]);
      expect([thisHour, thisHour + 3_600_000]).toContain(at?.getTime());
    });

    it('and as unknown, or as earlier than it may have been, where somebody cannot be asked', async () => {
      bench.metering.down = true;
      const noCalls = await listed();
      expect([used, silent].map(noCalls)).toEqual([
        [undefined, '', true],
        [undefined, '', true],
      ]);
      bench.metering.down = false;
      bench.contents.keyUses.down = true;
      const noRegistry = await listed();
      expect([used, silent].map(noRegistry)).toEqual([
        [minute, 'gateway', true],
        [undefined, '', true],
      ]);
    });

    it('and calls with a key that was revoked are none', async () => {
      const { id, clients } = await issued({ role: ApiKeyRole.AUDITOR });
      await revoke(acme.admin, id);
      await ended(clients);
      // What was let in until the service heard of it was a use.
      await bench.pool.query('DELETE FROM provisioning.api_key_use WHERE api_key_id = $1', [id]);
      await restart();
      for (let call = 0; call < 5; call++)
        expect(await refusalOf(listKeys(clients))).toBe('UNAUTHENTICATED CREDENTIALS_UNKNOWN');
      expect((await listed())(id)?.[0]).toBeUndefined();
    });
  });

  it('end by themselves, and are listed as ended', async () => {
    const past = issued({ role: ApiKeyRole.AUDITOR, expiresAt: new Date(Date.now() - 1) });
    expect(await refusalOf(past)).toBe('REFUSED END_HAS_PASSED');
    const expiresAt = new Date(Date.now() + 2_000);
    const { id, clients } = await issued({ role: ApiKeyRole.AUDITOR, expiresAt });
    await listKeys(clients);
    await ended(clients);
    const request = provisioningV1.ListApiKeysRequest.fromPartial({ status: ApiKeyStatus.EXPIRED });
    const { apiKeys } = await acme.admin.keys.listApiKeys(request);
    expect(apiKeys).toMatchObject([{ id, status: ApiKeyStatus.EXPIRED, expiresAt }]);
    const rotated = acme.admin.keys.rotateApiKey(asked({ apiKeyId: id, overlapSeconds: 0 }));
    expect(await refusalOf(rotated)).toBe('REFUSED API_KEY_EXPIRED');
  });

  it('are read by whoever may read their kind, revoked ones too, and by nobody else', async () => {
    const admin = await issued({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: ours });
    const own = await issued({ role: ApiKeyRole.WORKSPACE, workspaceId: ours }, admin.clients);
    const other = await issued({ role: ApiKeyRole.WORKSPACE, workspaceId: theirs });
    const read = async ({ keys }: Clients, apiKeyId: string) =>
      (await keys.getApiKey({ apiKeyId, atLeastPosition: position })).apiKey;
    const [listed] = (
      await acme.admin.keys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({
          ...{ workspaceId: theirs, orderBy: 'issued_at desc', atLeastPosition: position },
        }),
      )
    ).apiKeys;
    expect(await read(acme.admin, other.id)).toEqual(listed);
    expect(listed?.id).toBe(other.id);
    expect(await read(admin.clients, own.id)).toMatchObject({ id: own.id, workspaceId: ours });
    expect(await refusalOf(read(admin.clients, other.id))).toBe('NOT_FOUND API_KEY_UNKNOWN');
    const lists = await issued({ role: ApiKeyRole.AUDITOR, scopes: ['workspace_user_api_keys.read'] });
    expect(await refusalOf(read(lists.clients, own.id))).toBe('FORBIDDEN SCOPE_MISSING');
    ({ position } = await revoke(admin.clients, own.id));
    expect(await read(admin.clients, own.id)).toMatchObject({ status: ApiKeyStatus.REVOKED });
  });

  it('are rotated: the secret before works on for the overlap, and revocation ends both', async () => {
    const { id, clients: before } = await issued({ role: ApiKeyRole.AUDITOR });
    const request = asked({ apiKeyId: id, overlapSeconds: 3 });
    const rotated = await acme.admin.keys.rotateApiKey(request);
    expect(rotated.apiKey?.prefix).toBe(rotated.secret.slice(0, 34));
    expect(rotated.apiKey?.earlierSecretEndsAt).toBeInstanceOf(Date);
    expect(await acme.admin.keys.rotateApiKey(request)).toEqual({ ...rotated, secret: '' });
    const after = bench.withKey(rotated.secret);
    for (const clients of [after, before]) expect(await listKeys(clients)).toContain(id);
    await ended(before);
    expect(await listKeys(after)).toContain(id);
    const again = await acme.admin.keys.rotateApiKey(asked({ apiKeyId: id, overlapSeconds: 604_800 }));
    const newest = bench.withKey(again.secret);
    for (const clients of [newest, after]) expect(await listKeys(clients)).toContain(id);
    await revoke(acme.admin, id);
    for (const clients of [newest, after]) await ended(clients);
    const long = acme.admin.keys.rotateApiKey(asked({ apiKeyId: id, overlapSeconds: 604_801 }));
    expect(await refusalOf(long)).toBe('INVALID REQUEST_INVALID');
  });

  it('say by when they are to be rotated, which puts that off', async () => {
    const { keys } = acme.admin;
    const wanted = { role: ApiKeyRole.AUDITOR, rotateEveryDays: 90 };
    const { apiKey } = await keys.issueApiKey(issueRequest({ name: 'due', ...wanted }));
    const apiKeyId = apiKey?.id ?? '';
    const first = apiKey?.rotation?.dueAt?.getTime() ?? NaN;
    expect(apiKey).toMatchObject({ rotation: { everyDays: 90 }, rotationDue: false });
    expect(Math.abs(first - Date.now() - 90 * 86_400_000)).toBeLessThan(3_600_000);
    const rotated = await keys.rotateApiKey(asked({ apiKeyId, overlapSeconds: 0 }));
    expect(rotated.apiKey?.rotation?.everyDays).toBe(90);
    expect(rotated.apiKey?.rotation?.dueAt?.getTime()).toBeGreaterThan(first);
    position = rotated.position;
    const listed = async () => {
      const request = { pageSize: 200, atLeastPosition: position };
      const { apiKeys } = await keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial(request));
      return apiKeys.find(({ id }) => id === apiKeyId);
    };
    expect(withoutLastUse(await listed())).toEqual(rotated.apiKey);
    const none = await keys.rotateApiKey(asked({ apiKeyId, overlapSeconds: 0, rotateEveryDays: 0 }));
    position = none.position;
    expect((await listed())?.rotation).toBeUndefined();
    for (const rotateEveryDays of [-1, 366]) {
      const issue = keys.issueApiKey(issueRequest({ name: 'due', ...wanted, rotateEveryDays }));
      expect(await refusalOf(issue)).toBe('INVALID REQUEST_INVALID');
      const rotate = keys.rotateApiKey(asked({ apiKeyId, overlapSeconds: 0, rotateEveryDays }));
      expect(await refusalOf(rotate)).toBe('INVALID REQUEST_INVALID');
    }
  });

  it('are bounded later, and manage no keys then', async () => {
    const { id, clients } = await issued({ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: ours });
    const member = { role: ApiKeyRole.WORKSPACE, workspaceId: ours };
    const other = await issued(member, clients);
    const models = { all: false, names: ['@openai/small'] };
    const { apiKey } = await clients.keys.changeApiKeyModels(asked({ apiKeyId: other.id, models }));
    expect(apiKey?.models).toEqual(models);
    const limits = [
      typeV1.Limit.fromPartial({
        kind: {
          $case: 'rateLimit',
          value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota: 60n },
        },
      }),
    ];
    const changed = await acme.admin.keys.changeApiKeyLimits(asked({ apiKeyId: id, limits }));
    expect(changed.apiKey?.limits).toHaveLength(1);
    const request = provisioningV1.ListApiKeysRequest.fromPartial({ atLeastPosition: changed.position });
    const [shown] = (await clients.keys.listApiKeys(request)).apiKeys.filter((key) => key.id === id);
    expect(withoutLastUse(shown)).toEqual(changed.apiKey);
    const unbound = () => clients.keys.changeApiKeyLimits(asked({ apiKeyId: id, limits: [] }));
    // As soon as the service has heard of the limits; until then it would still let them be taken away.
    await until(async () => (await refusalOf(issued(member, clients))) === 'FORBIDDEN KEY_ABOVE_CALLER');
    expect(await refusalOf(unbound())).toBe('FORBIDDEN KEY_ABOVE_CALLER');
  });
});
