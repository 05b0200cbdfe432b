import { randomUUID } from 'node:crypto';
import { hashApiKey, pepperIdOf } from '@gatehouse/access';
import { contentOf } from '@gatehouse/contents';
import type { JsonObject } from '@gatehouse/event-store';
import {
  deriveEventId,
  deriveId,
  Ids,
  organizationId,
  workspaceId as workspaceIdOf,
} from '@gatehouse/kernel';
import { eventually, until } from '@gatehouse/kernel/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { EventType } from '@gatehouse/topology';
import { workspaceNameCodec } from './adapters/events/workspace-name.codec';
import { workspaceNameKey } from './app/workspace/workspace-name-streams';
import {
  asked,
  INSTALLATION_SECRET,
  issueRequest,
  PEPPER,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { ApiKeyRole, ApiKeyStatus, WorkspaceStatus } = provisioningV1;
const monthly = (nanoUsd: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: { amount: { $case: 'nanoUsd', value: nanoUsd }, reset: { period: typeV1.ResetPeriod.MONTHLY } },
    },
  });
const perMinute = (quota: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.MINUTE, quota },
    },
  });

describe('provisioning', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;

  const workspace = async (name: string, limits: typeV1.Limit[] = []) => {
    const { workspace: made } = await acme.admin.workspaces.createWorkspace(
      workspaceRequest({ name, limits }),
    );
    return made?.id ?? '';
  };
  const provision = async (
    slug: string,
    fields: Partial<provisioningV1.ProvisionIntegrationRequest> = {},
  ) => {
    const integrationId = await bench.connect(acme.organizationId, slug);
    const workspaceId = fields.workspaceId ?? (await workspace(`for ${slug}`));
    const request = asked({ integrationId, workspaceId, atLeastPosition: '1', ...fields });
    return acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(request),
    );
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
  }, 120_000);
  afterAll(() => bench.close());

  describe('organizations', () => {
    it('are created once per request id', async () => {
      const { organizations } = bench.as('operator');
      const request = asked({ name: 'Repeated' });
      const first = await organizations.createOrganization(request);
      expect(first.organization).toMatchObject({ name: 'Repeated', revision: 0n });
      expect(await organizations.createOrganization(request)).toEqual(first);
    });

    it('are seen by their admins', async () => {
      const { organization } = await acme.admin.organizations.getOrganization({ atLeastPosition: '' });
      expect(organization).toMatchObject({ id: acme.organizationId, name: 'Acme' });
      expect(organization?.createdAt).toBeInstanceOf(Date);
    });
  });

  describe('workspaces', () => {
    it('are created with limits that have ids, and read at the position of the answer', async () => {
      const request = workspaceRequest({ name: 'Limited', limits: [monthly(5n), perMinute(60n)] });
      const created = await acme.admin.workspaces.createWorkspace(request);
      const id = created.workspace?.id ?? '';
      const seed = new Ids(INSTALLATION_SECRET).derive('seed', acme.organizationId, request.requestId);
      expect(created.workspace?.limits.map((limit) => limit.id)).toEqual([
        deriveId('lim', id, seed, '0'),
        deriveId('lim', id, seed, '1'),
      ]);
      const read = await acme.admin.workspaces.getWorkspace({
        workspaceId: id,
        atLeastPosition: created.position,
      });
      expect(read.workspace).toEqual(created.workspace);
      expect(await acme.admin.workspaces.createWorkspace(request)).toEqual(created);
    });

    it('have names of their own', async () => {
      await workspace('Taken');
      const again = acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Taken', limits: [] }));
      expect(await refusalOf(again)).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
      const other = await bench.tenant('Other');
      await other.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Taken', limits: [] }));
    });

    it('get a name once, however many ask for it at the same moment', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          refusalOf(
            acme.admin.workspaces.createWorkspace(workspaceRequest({ name: 'Contested', limits: [] })),
          ),
        ),
      );
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'CONFLICT WORKSPACE_NAME_TAKEN')).toHaveLength(7);
    });

    it('keep the ids of limits that are changed', async () => {
      const id = await workspace('Changed', [monthly(5n)]);
      const change = (limits: typeV1.Limit[], expectedRevision?: bigint) =>
        acme.admin.workspaces.changeWorkspaceLimits(
          provisioningV1.ChangeWorkspaceLimitsRequest.fromPartial(
            asked({ workspaceId: id, limits, expectedRevision }),
          ),
        );
      const first = await change([perMinute(3n), monthly(2n)], 0n);
      const before = await acme.admin.workspaces.getWorkspace({
        workspaceId: id,
        atLeastPosition: first.position,
      });
      expect(first.workspace).toMatchObject({ revision: 1n });
      expect(before.workspace).toEqual(first.workspace);
      const second = await change([monthly(1n)]);
      expect(second.workspace?.limits[0]?.id).toBe(first.workspace?.limits[1]?.id);
      expect(await refusalOf(change([], 1n))).toBe('CONFLICT REVISION_MISMATCH');
    });

    it('have slugs of their own, made from the name where none is given', async () => {
      const create = async (fields: Partial<provisioningV1.CreateWorkspaceRequest>) =>
        (await acme.admin.workspaces.createWorkspace(workspaceRequest(fields))).workspace;
      const first = await create({ name: 'Data & Science' });
      expect(first).toMatchObject({ slug: 'data-science' });
      const second = await create({ name: 'Data/Science' });
      expect(second?.slug).toBe(`data-science-${second?.id.slice(-6)}`);
      expect(await create({ name: 'Data Science', slug: 'ds' })).toMatchObject({ slug: 'ds' });
      expect(await refusalOf(create({ name: 'Digital Services', slug: 'ds' }))).toBe(
        'CONFLICT WORKSPACE_SLUG_TAKEN',
      );
      // The name was not taken in vain.
      expect(await create({ name: 'Digital Services', slug: 'digital' })).toMatchObject({ slug: 'digital' });
    });

    it('get a slug once, however many ask for it at the same moment, and whose name is free again', async () => {
      const names = Array.from({ length: 8 }, (_, index) => `Slug wanted ${index}`);
      const create = (name: string, slug: string) =>
        refusalOf(acme.admin.workspaces.createWorkspace(workspaceRequest({ name, slug })));
      const answers = await Promise.all(names.map((name) => create(name, 'wanted')));
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'CONFLICT WORKSPACE_SLUG_TAKEN')).toHaveLength(7);
      const again = await Promise.all(names.map((name, index) => create(name, `wanted-${index}`)));
      expect(again.filter((answer) => answer === 'accepted')).toHaveLength(7);
    });

    it('say of themselves what they are told to, and are read so', async () => {
      const said = { icon: 'R', description: 'finds out', defaultMetadata: { team: 'r', cost: '4711' } };
      const created = await acme.admin.workspaces.createWorkspace(
        workspaceRequest({ name: 'Described', ...said }),
      );
      expect(created.workspace).toMatchObject({ ...said, status: WorkspaceStatus.ACTIVE });
      const workspaceId = created.workspace?.id ?? '';
      const update = (fields: Partial<provisioningV1.UpdateWorkspaceRequest>) =>
        acme.admin.workspaces.updateWorkspace(
          provisioningV1.UpdateWorkspaceRequest.fromPartial(asked({ workspaceId, ...fields })),
        );
      const updated = await update({
        updateMask: ['icon', 'default_metadata'],
        icon: 'L',
        defaultMetadata: { team: 'l' },
        expectedRevision: 0n,
      });
      expect(updated.workspace).toMatchObject({
        icon: 'L',
        description: 'finds out',
        defaultMetadata: { team: 'l' },
        revision: 1n,
      });
      const read = await acme.admin.workspaces.getWorkspace({
        workspaceId,
        atLeastPosition: updated.position,
      });
      expect(read.workspace).toEqual(updated.workspace);
      expect(await refusalOf(update({ updateMask: ['icon'], expectedRevision: 0n }))).toBe(
        'CONFLICT REVISION_MISMATCH',
      );
    });

    describe('are renamed', () => {
      const rename = (workspaceId: string, name: string, expectedRevision?: bigint) =>
        acme.admin.workspaces.renameWorkspace(
          provisioningV1.RenameWorkspaceRequest.fromPartial(asked({ workspaceId, name, expectedRevision })),
        );

      it('to a name that is free, which frees the one before', async () => {
        const id = await workspace('Before');
        await workspace('In the way');
        expect(await refusalOf(rename(id, 'In the way'))).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
        expect(await refusalOf(rename(id, 'After', 9n))).toBe('CONFLICT REVISION_MISMATCH');
        const { workspace: renamed } = await rename(id, 'After', 0n);
        expect(renamed).toMatchObject({ id, name: 'After', slug: 'before', revision: 1n });
        expect(await workspace('Before')).not.toBe(id);
        expect(await refusalOf(rename(id, 'Before'))).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
      });

      it('back and forth, and as often as one likes', async () => {
        const id = await workspace('Forth');
        for (const name of ['Back', 'Forth', 'Back', 'Back']) {
          expect((await rename(id, name)).workspace).toMatchObject({ id, name });
        }
        await workspace('Forth');
        expect(await refusalOf(rename(id, 'Forth'))).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
      });

      it('once by a request, whose repetition is answered whatever it is called since', async () => {
        const id = await workspace('Repeated');
        const request = provisioningV1.RenameWorkspaceRequest.fromPartial(
          asked({ workspaceId: id, name: 'Repeated once' }),
        );
        const first = await acme.admin.workspaces.renameWorkspace(request);
        await rename(id, 'Repeated since');
        const again = await acme.admin.workspaces.renameWorkspace(request);
        expect(again.position).toBe(first.position);
        expect(again.workspace).toMatchObject({ name: 'Repeated since' });
      });

      it('by one at a time, however many want to: each name is one workspace’s, and all others are free', async () => {
        const ids = await Promise.all(
          ['Race 0', 'Race 1', 'Race 2', 'Race 3'].map((name) => workspace(name)),
        );
        await Promise.all(
          ids.flatMap((id) => ['Goal', 'Race 0', 'Race 1'].map((name) => refusalOf(rename(id, name)))),
        );
        const borne = await Promise.all(
          ids.map(async (workspaceId) => {
            const read = await acme.admin.workspaces.getWorkspace({
              workspaceId,
              atLeastPosition: String(await bench.store.head()),
            });
            return read.workspace?.name;
          }),
        );
        expect(new Set(borne).size).toBe(ids.length);
        const candidates = ['Goal', 'Race 0', 'Race 1', 'Race 2', 'Race 3'];
        const free = candidates.filter((name) => !borne.includes(name));
        for (const name of free) await eventually(() => workspace(name));
      });

      it('also when the renaming was cut off after the new name was reserved', async () => {
        const id = await workspace('Cut before');
        const organization = organizationId(acme.organizationId);
        const reserved = {
          type: 'WorkspaceNameReserved',
          organizationId: organization,
          name: 'Cut after',
          workspaceId: workspaceIdOf(id),
          purpose: { kind: 'renaming', expectedRevision: undefined },
        } as const;
        const stream = `workspacename-${workspaceNameKey(organization, 'Cut after')}`;
        const requestId = randomUUID();
        const metadata = {
          organizationId: organization,
          actor: { kind: 'operator', id: 'operator', address: '' },
          reason: '',
          requestId,
          command: 'RenameWorkspace',
          correlationId: requestId,
          causationId: '',
        } as const;
        const event = {
          ...workspaceNameCodec.encode(reserved),
          id: deriveEventId(stream, requestId),
          metadata,
        };
        await bench.store.append(stream, [event], 'none');
        await eventually(async () => {
          const { workspaces: found } = await acme.admin.workspaces.listWorkspaces(
            provisioningV1.ListWorkspacesRequest.fromPartial({ search: 'Cut after' }),
          );
          expect(found.map((one) => one.id)).toEqual([id]);
        });
        await eventually(() => workspace('Cut before'));
      });
    });

    it('are archived: their keys open nothing, nothing is added to them, and lists leave them out', async () => {
      const id = await workspace('Ended');
      const { secret } = await acme.admin.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId: id, name: 'ended' }),
      );
      const held = bench.withKey(secret).workspaces;
      const withKey = () => refusalOf(held.getWorkspace({ workspaceId: id, atLeastPosition: '' }));
      expect(await withKey()).toMatch(/^FORBIDDEN/);
      const archive = () => acme.admin.workspaces.archiveWorkspace(asked({ workspaceId: id }));
      const { workspace: archived, position } = await archive();
      expect(archived).toMatchObject({ status: WorkspaceStatus.ARCHIVED, revision: 1n });
      expect(archived?.archivedAt).toBeInstanceOf(Date);
      expect((await archive()).workspace).toEqual(archived);
      await eventually(async () => expect(await withKey()).toBe('UNAUTHENTICATED CREDENTIALS_UNKNOWN'));
      const list = (statuses: provisioningV1.WorkspaceStatus[]) =>
        acme.admin.workspaces.listWorkspaces(
          provisioningV1.ListWorkspacesRequest.fromPartial({
            search: 'Ended',
            statuses,
            atLeastPosition: position,
          }),
        );
      expect(await list([])).toMatchObject({ workspaces: [], totalSize: 0 });
      expect((await list([WorkspaceStatus.ARCHIVED])).workspaces).toEqual([archived]);
      expect((await list([WorkspaceStatus.ACTIVE, WorkspaceStatus.ARCHIVED])).totalSize).toBe(1);
      const issue = acme.admin.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId: id, name: 'late' }),
      );
      expect(await refusalOf(issue)).toBe('REFUSED WORKSPACE_ARCHIVED');
      expect(await refusalOf(provision('for-ended', { workspaceId: id }))).toBe('REFUSED WORKSPACE_ARCHIVED');
      // What it was called stays its own.
      expect(await refusalOf(workspace('Ended'))).toBe('CONFLICT WORKSPACE_NAME_TAKEN');
    });

    it('are archived: nothing is changed of what they had any more, but for what lets less', async () => {
      const workspaceId = await workspace('Had');
      const budget = monthly(5n);
      const { provision: made } = await provision('had', { workspaceId, limits: [budget] });
      const [provisionId, limitId] = [made?.id ?? '', made?.limits[0]?.id ?? ''];
      const { apiKey } = await acme.admin.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'had' }),
      );
      const apiKeyId = apiKey?.id ?? '';
      await acme.admin.workspaces.archiveWorkspace(asked({ workspaceId }));
      const { provisions, keys } = acme.admin;
      const later = new Date(Date.now() + 60_000);
      const models = { all: false, names: ['small'] };
      const changes = [
        provisions.changeProvisionLimits(asked({ provisionId, limits: [] })),
        provisions.raiseProvisionLimit(asked({ provisionId, limitId, more: 1n, until: later })),
        provisions.changeProvisionExpiry(asked({ provisionId, expiresAt: later })),
        provisions.allowModels(asked({ provisionId, models })),
        provisions.enableProvision(asked({ provisionId })),
        keys.changeApiKeyLimits(asked({ apiKeyId, limits: [budget] })),
        keys.changeApiKeyModels(asked({ apiKeyId, models: { all: false, names: ['@had/small'] } })),
        keys.rotateApiKey(provisioningV1.RotateApiKeyRequest.fromPartial(asked({ apiKeyId }))),
      ];
      const answers = await Promise.all(changes.map(refusalOf));
      expect(answers).toEqual(changes.map(() => 'REFUSED WORKSPACE_ARCHIVED'));
      const { provision: disabled } = await provisions.disableProvision(asked({ provisionId }));
      expect(disabled?.enabled).toBe(false);
      const { apiKey: revoked } = await keys.revokeApiKey(asked({ apiKeyId }));
      expect(revoked?.status).toBe(ApiKeyStatus.REVOKED);
    });

    it('are finished when their creation was cut off after the name', async () => {
      const organization = organizationId(acme.organizationId);
      const requestId = randomUUID();
      const workspaceId = new Ids(INSTALLATION_SECRET).derive('ws', organization, requestId);
      const reserved = workspaceNameCodec.decode({
        type: 'WorkspaceNameReserved',
        version: 1,
        data: { organizationId: organization, name: 'Cut off', workspaceId },
      });
      const stream = `workspacename-${workspaceNameKey(organization, 'Cut off')}`;
      const metadata = {
        organizationId: organization,
        actor: { kind: 'operator', id: 'operator', address: '' },
        reason: '',
        requestId,
        command: 'CreateWorkspace',
        correlationId: requestId,
        causationId: '',
      } as const;
      const id = deriveEventId(stream, requestId, '0');
      await bench.store.append(stream, [{ ...workspaceNameCodec.encode(reserved), id, metadata }], 'none');
      await until(async () => (await bench.store.read(`workspace-${workspaceId}`)).length === 1);
      const request = workspaceRequest({ requestId, reason: '', name: 'Cut off' });
      const { workspace: made } = await acme.admin.workspaces.createWorkspace(request);
      expect(made?.id).toBe(workspaceId);
      expect(await bench.store.read(`workspace-${workspaceId}`)).toHaveLength(1);
    });

    it('are listed in order of creation, by pages', async () => {
      const tenant = await bench.tenant('Paged');
      let position = '';
      for (const name of ['z', 'y', 'x']) {
        ({ position } = await tenant.admin.workspaces.createWorkspace(
          workspaceRequest({ name, limits: [] }),
        ));
      }
      const page = (pageToken: string) =>
        tenant.admin.workspaces.listWorkspaces(
          provisioningV1.ListWorkspacesRequest.fromPartial({
            pageSize: 2,
            pageToken,
            atLeastPosition: position,
          }),
        );
      const first = await page('');
      expect(first.workspaces.map(({ name }) => name)).toEqual(['z', 'y']);
      const second = await page(first.nextPageToken);
      expect(second).toMatchObject({ workspaces: [{ name: 'x' }], nextPageToken: '' });
    });
  });

  describe('lists', () => {
    let tenant: Tenant;
    let position = '';
    const ids: string[] = [];
    const name = ({ name: shown }: { name: string }) => shown;

    beforeAll(async () => {
      tenant = await bench.tenant('Lists');
      for (const one of ['beta', 'Alpha', 'gamma', 'alphabet']) {
        const made = await tenant.admin.workspaces.createWorkspace(
          workspaceRequest({ name: one, limits: [] }),
        );
        ids.push(made.workspace?.id ?? '');
      }
      for (const slug of ['zeta', 'Eta']) {
        const integrationId = await bench.connect(tenant.organizationId, slug);
        const provision = await tenant.admin.provisions.provisionIntegration(
          provisioningV1.ProvisionIntegrationRequest.fromPartial({
            ...asked({ integrationId, workspaceId: ids[0] ?? '' }),
            atLeastPosition: '1',
          }),
        );
        if (slug === 'Eta') {
          await tenant.admin.provisions.disableProvision(
            asked({ provisionId: provision.provision?.id ?? '' }),
          );
        }
      }
      for (const key of ['one', 'Two', 'three']) {
        const issued = await tenant.admin.keys.issueApiKey(
          issueRequest({
            role: provisioningV1.ApiKeyRole.WORKSPACE,
            workspaceId: ids[1] ?? '',
            name: key,
          }),
        );
        position = issued.position;
        if (key !== 'three') continue;
        const revoked = await tenant.admin.keys.revokeApiKey(asked({ apiKeyId: issued.apiKey?.id ?? '' }));
        position = revoked.position;
      }
    });

    const workspaces = (fields: Partial<provisioningV1.ListWorkspacesRequest>) =>
      tenant.admin.workspaces.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({ atLeastPosition: position, ...fields }),
      );
    const provisions = (fields: Partial<provisioningV1.ListProvisionsRequest>) =>
      tenant.admin.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ atLeastPosition: position, ...fields }),
      );
    const keys = (fields: Partial<provisioningV1.ListApiKeysRequest>) =>
      tenant.admin.keys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({ atLeastPosition: position, ...fields }),
      );

    it('of workspaces are searched, ordered and counted', async () => {
      expect((await workspaces({ orderBy: 'name' })).workspaces.map(name)).toEqual([
        'Alpha',
        'alphabet',
        'beta',
        'gamma',
      ]);
      expect((await workspaces({ orderBy: 'created_at desc' })).workspaces.map(name)).toEqual([
        'alphabet',
        'gamma',
        'Alpha',
        'beta',
      ]);
      const found = await workspaces({ search: 'ALPHA', orderBy: 'name desc' });
      expect(found.workspaces.map(name)).toEqual(['alphabet', 'Alpha']);
      expect(found.totalSize).toBe(2);
      expect(await workspaces({ search: '%' })).toMatchObject({ workspaces: [], totalSize: 0 });
    });

    it('go on after the page before, whatever is asked for', async () => {
      const asking = { orderBy: 'name', pageSize: 1, skip: 1 };
      const first = await workspaces(asking);
      expect(first).toMatchObject({ workspaces: [{ name: 'alphabet' }], totalSize: 4 });
      const next = await workspaces({ orderBy: 'name', pageSize: 5, pageToken: first.nextPageToken });
      expect(next.workspaces.map(name)).toEqual(['beta', 'gamma']);
      const other = workspaces({ orderBy: 'name desc', pageToken: first.nextPageToken });
      expect(await refusalOf(other)).toBe('INVALID PAGE_TOKEN_MALFORMED');
      expect(await refusalOf(workspaces({ orderBy: 'limits' }))).toBe('INVALID REQUEST_INVALID');
      expect(await refusalOf(workspaces({ skip: -1 }))).toBe('INVALID REQUEST_INVALID');
      expect(await refusalOf(keys({ search: 'x'.repeat(101) }))).toBe('INVALID REQUEST_INVALID');
    });

    it('of provisions are filtered by workspace, integration and whether they are enabled', async () => {
      const slugs = async (fields: Partial<provisioningV1.ListProvisionsRequest>) => {
        const { provisions: found, totalSize } = await provisions(fields);
        expect(totalSize).toBe(found.length);
        return found.map(({ slug }) => slug);
      };
      expect(await slugs({ orderBy: 'slug' })).toEqual(['Eta', 'zeta']);
      expect(await slugs({ enabled: true })).toEqual(['zeta']);
      expect(await slugs({ enabled: false })).toEqual(['Eta']);
      expect(await slugs({ search: 'ET' })).toEqual(['zeta', 'Eta']);
      const integrationId = deriveId('int', tenant.organizationId, 'zeta');
      expect(await slugs({ integrationId })).toEqual(['zeta']);
      expect(await slugs({ workspaceId: ids[1] ?? '' })).toEqual([]);
      expect(await slugs({ workspaceIds: [ids[1] ?? ''] })).toEqual([]);
      expect(await slugs({ workspaceIds: ids, integrationId })).toEqual(['zeta']);
      const others = await workspaces({ workspaceIds: ids.slice(1, 3), orderBy: 'name' });
      expect([others.workspaces.map(({ id }) => id).sort(), others.totalSize]).toEqual([
        ids.slice(1, 3).sort(),
        2,
      ]);
      const many = Array.from({ length: 101 }, () => ids[0] ?? '');
      expect(await refusalOf(provisions({ workspaceIds: many }))).toBe('INVALID REQUEST_INVALID');
      expect(await refusalOf(workspaces({ workspaceIds: ['x'] }))).toBe('INVALID REQUEST_INVALID');
    });

    it('of keys are filtered by role and status', async () => {
      const names = async (fields: Partial<provisioningV1.ListApiKeysRequest>) => {
        const { apiKeys, totalSize } = await keys(fields);
        expect(totalSize).toBe(apiKeys.length);
        return apiKeys.map(name);
      };
      expect(await names({ orderBy: 'name' })).toEqual(['first', 'one', 'three', 'Two']);
      expect(await names({ role: provisioningV1.ApiKeyRole.ADMIN })).toEqual(['first']);
      expect(await names({ status: provisioningV1.ApiKeyStatus.REVOKED })).toEqual(['three']);
      expect(await names({ workspaceId: ids[1] ?? '', search: 'o' })).toEqual(['one', 'Two']);
    });

    it('show nothing of an integration that is connecting', async () => {
      const wanted = {
        workspaceId: ids[2] ?? '',
        limits: [],
        models: undefined,
        disabled: false,
      };
      const integrationId = await bench.connect(tenant.organizationId, 'theta', ['small'], {
        workspaces: [wanted],
      });
      await eventually(async () =>
        expect(await bench.store.read(`connection-${integrationId}`)).toHaveLength(1),
      );
      const atLeastPosition = String(await bench.store.head());
      expect((await provisions({ integrationId, atLeastPosition })).provisions).toEqual([]);
      await bench.publish(tenant.organizationId, `integration-${integrationId}`, 'IntegrationReady', {
        integrationId,
      });
      await eventually(async () =>
        expect((await provisions({ integrationId })).provisions).toMatchObject([{ slug: 'theta' }]),
      );
    });
  });

  describe('provisions', () => {
    it('wait for an integration that was just connected', async () => {
      const integrationId = deriveId('int', acme.organizationId, 'late');
      const workspaceId = await workspace('Waits');
      const request = provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId, limits: [monthly(7n)], atLeastPosition: '1' }),
      );
      const answer = acme.admin.provisions.provisionIntegration(request);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await bench.connect(acme.organizationId, 'late');
      const { provision: made, position } = await answer;
      expect(made).toMatchObject({
        integrationId,
        workspaceId,
        slug: 'late',
        enabled: true,
        models: { all: true },
      });
      const read = await acme.admin.provisions.getProvision({
        provisionId: made?.id ?? '',
        atLeastPosition: position,
      });
      expect(read.provision).toEqual(made);
      expect((await acme.admin.provisions.provisionIntegration(request)).provision).toEqual(made);
      const again = acme.admin.provisions.provisionIntegration({ ...request, requestId: randomUUID() });
      expect(await refusalOf(again)).toBe('CONFLICT ALREADY_PROVISIONED');
    });

    it('are changed, and answer what they are then', async () => {
      const { provision: made } = await provision('changing');
      const target = { provisionId: made?.id ?? '' };
      const { provisions } = acme.admin;
      const limited = await provisions.changeProvisionLimits({ ...asked(target), limits: [monthly(1n)] });
      expect(limited.provision?.limits).toHaveLength(1);
      const allowed = await provisions.allowModels({
        ...asked(target),
        models: { all: false, names: ['small'] },
      });
      expect(allowed.provision?.models).toEqual({ all: false, names: ['small'] });
      const disabled = await provisions.disableProvision(asked(target));
      expect(disabled.provision?.enabled).toBe(false);
      const twice = await provisions.disableProvision(asked(target));
      expect(twice).toEqual(disabled);
      const enabled = await provisions.enableProvision({ ...asked(target), expectedRevision: 3n });
      expect(enabled.provision).toMatchObject({ enabled: true, revision: 4n, slug: 'changing' });
      const stale = provisions.enableProvision({ ...asked(target), expectedRevision: 3n });
      expect(await refusalOf(stale)).toBe('CONFLICT REVISION_MISMATCH');
    });

    it('name models that the integration offers, as it was decided', async () => {
      const { provision: made } = await provision('choosy');
      const { id: provisionId = '', integrationId = '' } = made ?? {};
      const allow = (...names: string[]) =>
        acme.admin.provisions.allowModels({ ...asked({ provisionId }), models: { all: false, names } });
      expect(await refusalOf(allow('small', 'mine'))).toBe('INVALID REQUEST_INVALID');
      const told = (type: EventType, message: object) =>
        bench.publish(acme.organizationId, `integration-${integrationId}`, type, {
          integrationId,
          ...message,
        });
      await told('IntegrationModelsRevoked', { names: ['large'] });
      await told('CustomModelDefined', { model: typeV1.CustomModel.fromPartial({ name: 'mine' }) });
      await eventually(async () => void (await allow('small', 'mine')));
      expect(await refusalOf(allow('large'))).toBe('INVALID REQUEST_INVALID');
      const listed = (name: string, listedSince: bigint) => ({ name, facts: { listedSince } });
      const models = [listed('catalogued', 1n), listed('too/late', 2n)];
      const catalog = typeV1.CatalogContent.fromPartial({ providers: [{ name: 'openai', models }] });
      const content = contentOf(typeV1.CatalogContent.toJSON(catalog) as JsonObject);
      await bench.publishContent('CatalogPublished', 1n, bench.contents.serve(content));
      await eventually(async () => void (await allow('catalogued')));
      expect(await refusalOf(allow('too/late'))).toBe('INVALID REQUEST_INVALID');
      await told('ListedModelsSelected', { selectedAt: 2n });
      await eventually(async () => void (await allow('catalogued', 'too/late')));
      await told('IntegrationModelsRevoked', { names: ['large'] });
      await told('AutoEnableModelsTurnedOn', {});
      await eventually(async () => void (await allow('nobody-knows')));
      expect(await refusalOf(allow('large'))).toBe('INVALID REQUEST_INVALID');
    });

    it('are listed for a workspace', async () => {
      const workspaceId = await workspace('Listed');
      await provision('listed-1', { workspaceId });
      const { position } = await provision('listed-2', { workspaceId });
      await provision('listed-3');
      const listed = await acme.admin.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({
          pageSize: 0,
          pageToken: '',
          workspaceId,
          atLeastPosition: position,
        }),
      );
      expect(listed.provisions.map(({ slug }) => slug)).toEqual(['listed-1', 'listed-2']);
    });

    it('end by themselves, and have more of a limit for a while', async () => {
      const expiresAt = new Date('2030-01-01T00:00:00Z');
      const until = new Date('2029-06-01T00:00:00Z');
      const { provision: made } = await provision('for-a-while', { expiresAt, limits: [monthly(5n)] });
      expect(made?.expiresAt).toEqual(expiresAt);
      const provisionId = made?.id ?? '';
      const limitId = made?.limits[0]?.id ?? '';
      const { provisions } = acme.admin;
      const raise = { more: 3n, until };
      const raised = await provisions.raiseProvisionLimit(asked({ provisionId, limitId, ...raise }));
      expect(raised.provision?.limits).toEqual([{ ...made?.limits[0], raise }]);
      const endless = await provisions.changeProvisionExpiry(asked({ provisionId }));
      const read = { provisionId, atLeastPosition: endless.position };
      expect(await provisions.getProvision(read)).toEqual({ provision: endless.provision });
      expect(endless.provision).toMatchObject({ limits: raised.provision?.limits });
      expect(endless.provision?.expiresAt).toBeUndefined();
      const past = new Date('2020-01-01T00:00:00Z');
      const refused = [
        provisions.changeProvisionExpiry(asked({ provisionId, expiresAt: past })),
        provisions.raiseProvisionLimit(asked({ provisionId, limitId, more: 1n, until: past })),
        provisions.raiseProvisionLimit(asked({ provisionId, limitId, more: 1n, until: undefined })),
        provisions.raiseProvisionLimit(asked({ provisionId, limitId, more: -1n, until })),
        provisions.raiseProvisionLimit(
          asked({ provisionId, limitId: `lim_${'0'.repeat(26)}`, more: 1n, until }),
        ),
        // A raise is no part of a limit that is asked for.
        provisions.changeProvisionLimits(asked({ provisionId, limits: [{ ...monthly(5n), raise }] })),
      ];
      expect(await Promise.all(refused.map(refusalOf))).toEqual([
        'REFUSED END_HAS_PASSED',
        'REFUSED END_HAS_PASSED',
        'INVALID REQUEST_INVALID',
        'INVALID REQUEST_INVALID',
        'NOT_FOUND LIMIT_UNKNOWN',
        'INVALID REQUEST_INVALID',
      ]);
    });

    it('need a live integration', async () => {
      const integrationId = await bench.connect(acme.organizationId, 'deleted');
      const workspaceId = await workspace('Too late');
      await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
        integrationId,
      });
      const known = async () =>
        (
          await bench.pool.query(
            "SELECT FROM provisioning_integrations.integration WHERE id = $1 AND status = 'deleted'",
            [integrationId],
          )
        ).rowCount === 1;
      await until(known);
      const request = provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId }),
      );
      expect(await refusalOf(acme.admin.provisions.provisionIntegration(request))).toBe(
        'NOT_FOUND INTEGRATION_UNKNOWN',
      );
    });
  });

  it('lets workspaces connect integrations until organization or workspace say otherwise', async () => {
    const { admin } = await bench.tenant('Connecting');
    const { workspace: made } = await admin.workspaces.createWorkspace(workspaceRequest({ name: 'One' }));
    const workspaceId = made?.id ?? '';
    const read = async () => {
      const atLeastPosition = String(await bench.store.head());
      const { organization } = await admin.organizations.getOrganization({ atLeastPosition });
      const { workspace } = await admin.workspaces.getWorkspace({ workspaceId, atLeastPosition });
      return [organization?.workspacesConnect, workspace?.connects];
    };
    expect(await read()).toEqual([true, undefined]);
    const off = await admin.organizations.setWorkspacesConnecting(
      asked({ allowed: false, expectedRevision: 0n }),
    );
    expect(off.organization).toMatchObject({ workspacesConnect: false, revision: 1n });
    const on = await admin.workspaces.setWorkspaceConnecting(asked({ workspaceId, allowed: true }));
    expect(on.workspace?.connects).toBe(true);
    expect(await read()).toEqual([false, true]);
    await admin.workspaces.setWorkspaceConnecting(asked({ workspaceId }));
    expect(await read()).toEqual([false, undefined]);
    const late = admin.organizations.setWorkspacesConnecting(asked({ allowed: true, expectedRevision: 0n }));
    expect(await refusalOf(late)).toBe('CONFLICT REVISION_MISMATCH');
  });

  describe('limits over more than one provision', () => {
    it('are of the organization, of an integration, and of each key of a workspace', async () => {
      const tenant = await bench.tenant('Limited');
      const { limits, workspaces } = tenant.admin;
      const integrationId = await bench.connect(tenant.organizationId, 'capped');
      const { workspace: made } = await workspaces.createWorkspace(
        provisioningV1.CreateWorkspaceRequest.fromPartial(asked({ name: 'Capped', slug: 'capped' })),
      );
      const holders: provisioningV1.LimitHolder[] = [
        { holder: { $case: 'organization', value: {} } },
        { holder: { $case: 'integrationId', value: integrationId } },
        { holder: { $case: 'keysOfWorkspaceId', value: made?.id ?? '' } },
      ];
      // Connected a moment ago, it is waited for where its caller says that it is there.
      await limits.getLimits({ holder: holders[1], atLeastPosition: '0' });
      for (const holder of holders) {
        const before = (await limits.getLimits({ holder, atLeastPosition: '' })).limits;
        expect(before).toMatchObject({ holder, limits: [] });
        const expectedRevision = before?.revision;
        const first = limits.changeLimits(
          asked({ atLeastPosition: '', holder, limits: [perMinute(9n)], expectedRevision }),
        );
        expect((await first).limits?.revision).toBeGreaterThan(expectedRevision ?? 0n);
        // Whoever has read what was before changes nothing.
        const late = limits.changeLimits(
          asked({ atLeastPosition: '', holder, limits: [], expectedRevision }),
        );
        expect(await refusalOf(late)).toBe('CONFLICT REVISION_MISMATCH');
        const change = asked({ holder, limits: [monthly(5n), perMinute(2n)], atLeastPosition: '' });
        const changed = await limits.changeLimits(change);
        expect(await limits.changeLimits(change)).toEqual(changed);
        const { limits: held } = await limits.getLimits({ holder, atLeastPosition: '' });
        expect(held).toEqual(changed.limits);
        const ids = changed.limits?.limits.map(({ id }) => id) ?? [];
        expect(new Set(ids).size).toBe(2);
        const lowered = await limits.changeLimits(
          asked({ atLeastPosition: '', holder, limits: [perMinute(1n)] }),
        );
        expect(lowered.limits?.limits).toEqual([{ ...perMinute(1n), id: ids[1] }]);
        const twice = limits.changeLimits(
          asked({ atLeastPosition: '', holder, limits: [perMinute(1n), perMinute(2n)] }),
        );
        expect(await refusalOf(twice)).toBe('INVALID REQUEST_INVALID');
      }
      // The workspace itself has none of its keys' limits.
      const { workspace: read } = await workspaces.getWorkspace({
        workspaceId: made?.id ?? '',
        atLeastPosition: '',
      });
      expect(read?.limits).toEqual([]);
      const stranger = (await bench.tenant('Stranger to limits')).admin.limits;
      for (const call of holders
        .slice(1)
        .flatMap((holder) => [
          stranger.getLimits({ holder, atLeastPosition: '' }),
          stranger.changeLimits(asked({ atLeastPosition: '', holder, limits: [] })),
        ])) {
        expect(await refusalOf(call)).toMatch(/^NOT_FOUND (INTEGRATION|WORKSPACE)_UNKNOWN$/);
      }
      // None there never were, and none are asked for.
      const never = await bench.connect(tenant.organizationId, 'never-capped');
      const holder: provisioningV1.LimitHolder = { holder: { $case: 'integrationId', value: never } };
      const none = { limits: [], expectedRevision: -1n, atLeastPosition: '0' };
      expect((await limits.changeLimits(asked({ holder, ...none }))).limits).toEqual({
        holder,
        limits: [],
        organizationId: tenant.organizationId,
        revision: -1n,
      });
      expect(await refusalOf(stranger.getLimits({ holder: undefined, atLeastPosition: '' }))).toBe(
        'INVALID REQUEST_INVALID',
      );
    });
  });

  describe('limits of every kind', () => {
    const { ResetPeriod, RateUnit, RateWindow } = typeV1;
    const RESETS: readonly Partial<typeV1.ResetRule>[] = [
      { period: ResetPeriod.NEVER },
      { period: ResetPeriod.WEEKLY },
      { period: ResetPeriod.WEEKLY, weekday: typeV1.Weekday.MONDAY, timeZone: 'Europe/Berlin' },
      { period: ResetPeriod.MONTHLY },
      { period: ResetPeriod.DAYS, everyDays: 1 },
      { period: ResetPeriod.DAYS, everyDays: 365 },
    ];
    const rates = [RateUnit.REQUESTS, RateUnit.TOKENS].flatMap((unit) =>
      [RateWindow.MINUTE, RateWindow.HOUR, RateWindow.DAY].map((window) =>
        typeV1.Limit.fromPartial({ kind: { $case: 'rateLimit', value: { unit, window, quota: 9n } } }),
      ),
    );
    const budgetOf = ($case: 'nanoUsd' | 'tokens', more: Partial<typeV1.Budget>): typeV1.Limit =>
      typeV1.Limit.fromPartial({
        kind: { $case: 'budget', value: { amount: { $case, value: 9n }, ...more } as typeV1.Budget },
      });
    const all = (reset: Partial<typeV1.ResetRule>) => [
      ...(['nanoUsd', 'tokens'] as const).map((unit) =>
        budgetOf(unit, { reset: typeV1.ResetRule.fromPartial(reset) }),
      ),
      ...rates,
    ];
    type Limits = readonly typeV1.Limit[] | undefined;
    const setters: Record<string, (limits: typeV1.Limit[]) => Promise<Limits>> = {};

    beforeAll(async () => {
      const { provision: made } = await provision('of-every-kind');
      const { id: provisionId = '', workspaceId = '', integrationId = '' } = made ?? {};
      const { provisions, workspaces, keys, limits: held } = acme.admin;
      const change = (holder: provisioningV1.LimitHolder['holder']) => async (limits: typeV1.Limit[]) =>
        (await held.changeLimits(asked({ atLeastPosition: '', holder: { holder }, limits }))).limits?.limits;
      Object.assign(setters, {
        provision: async (limits: typeV1.Limit[]) =>
          (await provisions.changeProvisionLimits(asked({ provisionId, limits }))).provision?.limits,
        workspace: async (limits: typeV1.Limit[]) =>
          (await workspaces.changeWorkspaceLimits(asked({ workspaceId, limits }))).workspace?.limits,
        key: async (limits: typeV1.Limit[]) =>
          (
            await keys.issueApiKey(
              issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'k', limits }),
            )
          ).apiKey?.limits,
        integration: change({ $case: 'integrationId', value: integrationId }),
        organization: change({ $case: 'organization', value: {} }),
        'each key of a workspace': change({ $case: 'keysOfWorkspaceId', value: workspaceId }),
      });
    });
    afterAll(() => setters['organization']?.([]));

    it.each(['provision', 'workspace', 'key', 'integration', 'organization', 'each key of a workspace'])(
      'may stand together: %s',
      async (name) => {
        const set = setters[name];
        if (!set) throw new Error(`nothing sets the limits of ${name}`);
        for (const reset of RESETS) {
          const wanted = all(reset);
          expect((await set(wanted))?.map((limit) => ({ ...limit, id: '' }))).toEqual(wanted);
        }
        const monthly = typeV1.ResetRule.fromPartial({ period: ResetPeriod.MONTHLY });
        const [told] =
          (await set([budgetOf('nanoUsd', { alerts: { percents: [80, 5] }, reset: monthly })])) ?? [];
        expect(told?.kind?.value).toMatchObject({ alerts: { percents: [5, 80] } });
        expect(
          await refusalOf(set([budgetOf('nanoUsd', { alerts: { percents: [101] }, reset: monthly })])),
        ).toContain('REQUEST_INVALID');
        const zones = [
          { timeZone: 'Nowhere/Land' },
          { timeZone: '+01:00' },
          { weekday: typeV1.Weekday.MONDAY },
        ];
        for (const wrong of zones)
          expect(await refusalOf(set([budgetOf('nanoUsd', { reset: { ...monthly, ...wrong } })]))).toContain(
            'REQUEST_INVALID',
          );
      },
    );
  });

  describe('API keys', () => {
    it('are told once, and only their keyed hash is kept', async () => {
      const workspaceId = await workspace('Keys');
      const request = issueRequest({
        role: ApiKeyRole.WORKSPACE,
        workspaceId,
        name: 'ci',
        limits: [perMinute(5n)],
      });
      const issued = await acme.admin.keys.issueApiKey(request);
      expect(issued.secret).toMatch(/^gh_[0-9a-z]{26}_[\w-]{43}_[\w-]{12}$/);
      expect(issued.secret.slice(3, 29)).toBe(issued.apiKey?.id.slice('key_'.length));
      const again = await acme.admin.keys.issueApiKey(request);
      expect(again).toEqual({ ...issued, secret: '' });
      const events = JSON.stringify(
        (await bench.store.read(`apikey-${issued.apiKey?.id}`)).map(({ data }) => data),
      );
      expect(events).toContain(hashApiKey(PEPPER, issued.secret).toString('base64'));
      expect(events).not.toContain(issued.secret.slice(30));
    });

    it('are told to one of those who ask at the same moment with the same request id', async () => {
      const request = issueRequest({ role: ApiKeyRole.ADMIN, name: 'raced' });
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => acme.admin.keys.issueApiKey(request)),
      );
      const secrets = answers.map(({ secret }) => secret).filter((secret) => secret !== '');
      expect(secrets).toHaveLength(1);
      const { organization } = await bench
        .withKey(secrets[0] ?? '')
        .organizations.getOrganization({ atLeastPosition: '' });
      expect(organization?.id).toBe(acme.organizationId);
    });

    it('are under the newest pepper, and those under an earlier one work and are listed', async () => {
      const next = Buffer.alloc(32, 8);
      const name = (text: string) => issueRequest({ role: ApiKeyRole.ADMIN, name: text });
      const before = await acme.admin.keys.issueApiKey(name('before'));
      await bench.stop();
      await bench.start([next, PEPPER]);
      const after = await acme.admin.keys.issueApiKey(name('after'));
      const ids = [pepperIdOf(PEPPER), pepperIdOf(next)];
      expect([before.apiKey?.pepperId, after.apiKey?.pepperId]).toEqual(ids);
      for (const { secret } of [before, after]) {
        await bench.withKey(secret).organizations.getOrganization({ atLeastPosition: '' });
      }
      const list = provisioningV1.ListApiKeysRequest.fromPartial({
        pageSize: 200,
        atLeastPosition: after.position,
      });
      const under = async (pepperId: string) =>
        (await acme.admin.keys.listApiKeys({ ...list, pepperId })).apiKeys.map(({ id }) => id);
      expect(await under(ids[1] ?? '')).toEqual([after.apiKey?.id]);
      expect(await under(ids[0] ?? '')).toContain(before.apiKey?.id);
      expect(await under('')).toEqual([]);
      await expect(acme.admin.keys.listApiKeys({ ...list, pepperId: 'kp_x' })).rejects.toMatchObject({
        reason: 'REQUEST_INVALID',
      });
      await bench.stop();
      await bench.start();
    });

    it('are listed, and revoked for good', async () => {
      const workspaceId = await workspace('Revokes');
      const { apiKey, secret } = await acme.admin.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'short-lived' }),
      );
      const apiKeyId = apiKey?.id ?? '';
      const workspaceClients = bench.withKey(secret);
      const refused = workspaceClients.workspaces.getWorkspace({ workspaceId, atLeastPosition: '' });
      expect(await refusalOf(refused)).toBe('FORBIDDEN PERMISSION_DENIED');
      const revoked = await acme.admin.keys.revokeApiKey(asked({ apiKeyId }));
      expect(revoked.apiKey?.status).toBe(ApiKeyStatus.REVOKED);
      expect(await acme.admin.keys.revokeApiKey(asked({ apiKeyId }))).toEqual(revoked);
      const { apiKeys } = await acme.admin.keys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({
          pageSize: 10,
          pageToken: '',
          workspaceId,
          atLeastPosition: revoked.position,
        }),
      );
      // When it last called is asked for a list alone.
      const notSaid = { lastUsedAt: undefined, lastUsedService: '', lastUseUnknown: true };
      expect(apiKeys.map((key) => ({ ...key, ...notSaid }))).toEqual([revoked.apiKey]);
      // Keys have a projection of their own, which the list does not wait for.
      await eventually(async () => {
        const after = workspaceClients.workspaces.getWorkspace({ workspaceId, atLeastPosition: '' });
        expect(await refusalOf(after)).toBe('UNAUTHENTICATED CREDENTIALS_UNKNOWN');
      });
    });
  });

  describe('another organization', () => {
    it('finds nothing', async () => {
      const stranger = await bench.tenant('Stranger');
      const { provision: made, position } = await provision('private');
      const provisionId = made?.id ?? '';
      const workspaceId = made?.workspaceId ?? '';
      const { apiKey } = await acme.admin.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'private' }),
      );
      const { workspaces, provisions, keys } = stranger.admin;
      const at = { atLeastPosition: position };
      const page = { pageSize: 5, pageToken: '', ...at };
      expect(
        await Promise.all(
          [
            workspaces.getWorkspace({ workspaceId, ...at }),
            workspaces.changeWorkspaceLimits({ ...asked({ workspaceId }), limits: [], expectedRevision: 9n }),
            provisions.getProvision({ provisionId, ...at }),
            provisions.listProvisions(
              provisioningV1.ListProvisionsRequest.fromPartial({ ...page, workspaceId }),
            ),
            provisions.disableProvision({ ...asked({ provisionId }), expectedRevision: 9n }),
            provisions.allowModels({ ...asked({ provisionId }), models: { all: true, names: [] } }),
            provisions.changeProvisionExpiry(asked({ provisionId })),
            provisions.raiseProvisionLimit(
              asked({ provisionId, limitId: `lim_${'0'.repeat(26)}`, more: 0n, until: undefined }),
            ),
            provisions.provisionIntegration(
              provisioningV1.ProvisionIntegrationRequest.fromPartial(
                asked({ workspaceId, integrationId: made?.integrationId ?? '' }),
              ),
            ),
            keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({ ...page, workspaceId })),
            keys.revokeApiKey(asked({ apiKeyId: apiKey?.id ?? '' })),
            keys.issueApiKey(issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'x' })),
            keys.issueApiKey(
              issueRequest({ role: ApiKeyRole.ADMIN, organizationId: acme.organizationId, name: 'x' }),
            ),
          ].map(refusalOf),
        ),
      ).toEqual([
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND PROVISION_UNKNOWN',
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND PROVISION_UNKNOWN',
        'NOT_FOUND PROVISION_UNKNOWN',
        'NOT_FOUND PROVISION_UNKNOWN',
        'NOT_FOUND PROVISION_UNKNOWN',
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND API_KEY_UNKNOWN',
        'NOT_FOUND WORKSPACE_UNKNOWN',
        'NOT_FOUND ORGANIZATION_UNKNOWN',
      ]);
      expect(
        (
          await provisions.listProvisions(
            provisioningV1.ListProvisionsRequest.fromPartial({ ...page, workspaceId: '' }),
          )
        ).provisions,
      ).toEqual([]);
      expect(
        (await workspaces.listWorkspaces(provisioningV1.ListWorkspacesRequest.fromPartial(page))).workspaces,
      ).toEqual([]);
    });
  });
});
