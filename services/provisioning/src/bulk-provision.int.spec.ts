import { BEFORE_FIRST } from '@gatehouse/event-store';
import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { createPool } from '@gatehouse/postgres';
import { dumpProjection } from '@gatehouse/projections/testing';
import type { PoolClient } from 'pg';
import { directoryProjection } from './adapters/postgres/directory.projection';
import { gatewayConfigProjection } from './adapters/postgres/gateway-config.projection';
import { rolloutsProjection } from './adapters/postgres/rollouts.projection';
import { provisionIdOf } from './app/provision/provision-maker';
import {
  asked,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { BulkOutcomeKind, BulkStatus, ExistingProvisions } = provisioningV1;
const hourly = (quota: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota },
    },
  });

describe('provisions for many workspaces', () => {
  let bench: ProvisioningBench;

  const requestOf = (fields: Partial<provisioningV1.BulkProvisionRequest>) =>
    provisioningV1.BulkProvisionRequest.fromPartial(asked({ atLeastPosition: '1', ...fields }));
  const workspacesOf = async ({ admin }: Tenant, count: number): Promise<string[]> => {
    const made = Array.from({ length: count }, (_, index) =>
      admin.workspaces.createWorkspace(workspaceRequest({ name: `workspace ${index}` })),
    );
    return (await Promise.all(made)).map(({ workspace }) => workspace?.id ?? '');
  };
  const shown = ({ admin }: Tenant, bulkId: string, fields: object = {}) =>
    admin.bulks.getBulkProvision(provisioningV1.GetBulkProvisionRequest.fromPartial({ bulkId, ...fields }));
  const done = async (tenant: Tenant, bulkId: string) => {
    await eventually(async () => {
      const { bulk } = await shown(tenant, bulkId);
      expect(bulk?.status).toBe(BulkStatus.DONE);
    });
    return shown(tenant, bulkId, { pageSize: 200 });
  };
  const provisionsOf = async ({ admin }: Tenant, integrationId: string) => {
    const request = { integrationId, pageSize: 200, atLeastPosition: String(await bench.store.head()) };
    const { provisions } = await admin.provisions.listProvisions(
      provisioningV1.ListProvisionsRequest.fromPartial(request),
    );
    return new Map(provisions.map((provision) => [provision.workspaceId, provision]));
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
  }, 120_000);
  afterAll(() => bench.close());

  it('are made, changed or found to be so already, and each workspace is told of once', async () => {
    const acme = await bench.tenant('Acme');
    const integrationId = await bench.connect(acme.organizationId, 'bulk');
    const [changed = '', same = '', made = ''] = await workspacesOf(acme, 3);
    for (const [workspaceId, quota] of [
      [changed, 1n],
      [same, 5n],
    ] as const) {
      await acme.admin.provisions.provisionIntegration(
        provisioningV1.ProvisionIntegrationRequest.fromPartial(
          asked({ integrationId, workspaceId, limits: [hourly(quota)], atLeastPosition: '1' }),
        ),
      );
    }
    const request = requestOf({ integrationId, workspaceIds: [changed, same, made], limits: [hourly(5n)] });
    const past = { ...request, requestId: 'past', expiresAt: new Date(Date.now() - 1) };
    expect(await refusalOf(acme.admin.bulks.bulkProvision(past))).toBe('REFUSED END_HAS_PASSED');
    const { bulk } = await acme.admin.bulks.bulkProvision(request);
    expect(bulk).toMatchObject({ slug: 'bulk', workspaces: 3, existing: ExistingProvisions.OVERRIDE });
    const { bulk: over, outcomes, totalSize } = await done(acme, bulk?.id ?? '');
    expect(over).toMatchObject({ made: 1, changed: 1, unchanged: 1, refused: 0 });
    expect(totalSize).toBe(3);
    expect(outcomes).toEqual([
      { workspaceId: changed, kind: BulkOutcomeKind.CHANGED, reason: '' },
      { workspaceId: same, kind: BulkOutcomeKind.UNCHANGED, reason: '' },
      { workspaceId: made, kind: BulkOutcomeKind.MADE, reason: '' },
    ]);
    for (const provision of (await provisionsOf(acme, integrationId)).values()) {
      expect(provision.limits).toMatchObject([{ kind: hourly(5n).kind }]);
    }
    // A repetition is answered as the first was, as it is now.
    expect((await acme.admin.bulks.bulkProvision(request)).bulk).toEqual(over);
    const page = await shown(acme, bulk?.id ?? '', { pageSize: 1, kind: BulkOutcomeKind.MADE });
    expect(page).toMatchObject({ outcomes: [{ workspaceId: made }], nextPageToken: '', totalSize: 1 });
  });

  it('end by themselves when it is said, and as they did where it is not', async () => {
    const acme = await bench.tenant('Ending');
    const integrationId = await bench.connect(acme.organizationId, 'ending');
    const workspaceIds = await workspacesOf(acme, 2);
    const [first = '', second = ''] = workspaceIds;
    await acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId: first, atLeastPosition: '1' }),
      ),
    );
    const give = async (more: Partial<provisioningV1.BulkProvisionRequest>) => {
      const { bulk } = await acme.admin.bulks.bulkProvision(requestOf({ integrationId, ...more }));
      const { bulk: over } = await done(acme, bulk?.id ?? '');
      const provisions = await provisionsOf(acme, integrationId);
      return { over, ends: workspaceIds.map((id) => provisions.get(id)?.expiresAt) };
    };
    const expiresAt = new Date(Date.now() + 3_600_000);
    const ending = await give({ allWorkspaces: true, expiresAt });
    expect(ending.over).toMatchObject({ made: 1, changed: 1, expiresAt });
    expect(ending.ends).toEqual([expiresAt, expiresAt]);
    const limited = await give({ workspaceIds: [first], limits: [hourly(1n)] });
    expect(limited.over).toMatchObject({ changed: 1 });
    expect(limited.ends).toEqual([expiresAt, expiresAt]);
    const later = new Date(expiresAt.getTime() + 1_000);
    const kept = await give({ workspaceIds: [second], expiresAt: later, existing: ExistingProvisions.KEEP });
    expect(kept.over).toMatchObject({ unchanged: 1 });
    expect(kept.ends).toEqual([expiresAt, expiresAt]);
  });

  it('are for every workspace that was there, with those kept that have one', async () => {
    const acme = await bench.tenant('All');
    const integrationId = await bench.connect(acme.organizationId, 'all');
    const [first = '', ...more] = await workspacesOf(acme, 4);
    await acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId: first, limits: [hourly(1n)], atLeastPosition: '1' }),
      ),
    );
    const request = { integrationId, allWorkspaces: true, existing: ExistingProvisions.KEEP };
    const { bulk } = await acme.admin.bulks.bulkProvision(requestOf(request));
    const { bulk: over } = await done(acme, bulk?.id ?? '');
    expect(over).toMatchObject({ workspaces: 4, made: 3, unchanged: 1 });
    const provisions = await provisionsOf(acme, integrationId);
    expect([...provisions.keys()].sort()).toEqual([first, ...more].sort());
    expect(provisions.get(first)?.limits).toMatchObject([{ kind: hourly(1n).kind }]);
  });

  it('are refused as a whole, naming the fields, and then nothing has changed', async () => {
    const acme = await bench.tenant('Refused');
    const other = await bench.tenant('Stranger');
    const integrationId = await bench.connect(acme.organizationId, 'refused');
    const [ours = ''] = await workspacesOf(acme, 1);
    const [theirs = ''] = await workspacesOf(other, 1);
    await eventually(async () =>
      expect(await refusalOf(acme.admin.bulks.bulkProvision(requestOf({ integrationId })))).toBe(
        'INVALID REQUEST_INVALID',
      ),
    );
    const head = await bench.store.head();
    const refused = acme.admin.bulks.bulkProvision(
      requestOf({
        integrationId,
        workspaceIds: [ours, theirs, deriveId('ws', 'nobody')],
        models: { all: false, names: ['unheard-of'] },
        limits: [hourly(1n), hourly(2n)],
      }),
    );
    const violations = await refused.catch((error: { violations: { field: string }[] }) =>
      error.violations.map(({ field }) => field),
    );
    expect(violations).toEqual(['workspace_ids[1]', 'workspace_ids[2]', 'models.names[0]', 'limits[1]']);
    const stranger = other.admin.bulks.bulkProvision(requestOf({ integrationId, workspaceIds: [theirs] }));
    expect(await refusalOf(stranger)).toBe('NOT_FOUND INTEGRATION_UNKNOWN');
    const unknown = acme.admin.bulks.getBulkProvision(
      provisioningV1.GetBulkProvisionRequest.fromPartial({ bulkId: deriveId('blk', 'nobody') }),
    );
    expect(await refusalOf(unknown)).toBe('NOT_FOUND BULK_UNKNOWN');
    expect(await bench.store.head()).toBe(head);
  });

  it('are refused to workspaces whose turn comes when the integration has gone', async () => {
    const acme = await bench.tenant('Gone');
    const integrationId = await bench.connect(acme.organizationId, 'gone');
    const [workspaceId = ''] = await workspacesOf(acme, 1);
    await bench.stop();
    const bulkId = deriveId('blk', 'gone');
    const requested = {
      bulkId,
      organizationId: acme.organizationId,
      integrationId,
      workspaceIds: [workspaceId],
    };
    await bench.append(acme.organizationId, `bulk-${bulkId}`, 'BulkProvisionRequested', {
      ...eventsV1.BulkProvisionRequested.fromPartial({
        ...requested,
        models: { all: true },
        existing: ExistingProvisions.KEEP,
      }),
    });
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
      ...eventsV1.IntegrationDeleted.fromPartial({ integrationId }),
    });
    // It is to have heard of the end before the workspace has its turn.
    await bench.pool.query(
      `UPDATE provisioning_integrations.integration SET status = 'deleted' WHERE id = $1`,
      [integrationId],
    );
    await bench.start();
    const { outcomes } = await done(acme, bulkId);
    expect(outcomes).toEqual([{ workspaceId, kind: BulkOutcomeKind.REFUSED, reason: 'INTEGRATION_UNKNOWN' }]);
  });

  it('are refused to workspaces that were archived before their turn came', async () => {
    const acme = await bench.tenant('Archived');
    const { organizationId } = acme;
    const integrationId = await bench.connect(organizationId, 'archived');
    const workspaceIds = await workspacesOf(acme, 3);
    const [archived = '', active = '', cutOff = ''] = workspaceIds;
    await bench.stop();
    const bulkId = deriveId('blk', 'archived');
    const requested = { bulkId, organizationId, integrationId, workspaceIds, models: { all: true } };
    await bench.append(organizationId, `bulk-${bulkId}`, 'BulkProvisionRequested', {
      ...eventsV1.BulkProvisionRequested.fromPartial({ ...requested, existing: ExistingProvisions.KEEP }),
    });
    // As a process leaves it that ends between a provision and its outcome.
    const provisionId = provisionIdOf(organizationId, { workspaceId: cutOff, integrationId });
    const provisioned = eventsV1.IntegrationProvisioned.fromPartial({
      ...{ provisionId, organizationId, workspaceId: cutOff, integrationId, models: { all: true } },
    });
    const made = [`provision-${provisionId}`, 'IntegrationProvisioned', provisioned] as const;
    const by = { requestId: `bulk-${bulkId}`, command: 'ApplyProvision' };
    await bench.append(organizationId, ...made, by);
    for (const workspaceId of [archived, cutOff]) {
      await bench.append(organizationId, `workspace-${workspaceId}`, 'WorkspaceArchived', {
        ...eventsV1.WorkspaceArchived.fromPartial({ workspaceId, archivedAt: new Date() }),
      });
    }
    await bench.start();
    const { outcomes } = await done(acme, bulkId);
    expect(outcomes).toEqual([
      { workspaceId: archived, kind: BulkOutcomeKind.REFUSED, reason: 'WORKSPACE_ARCHIVED' },
      { workspaceId: active, kind: BulkOutcomeKind.MADE, reason: '' },
      { workspaceId: cutOff, kind: BulkOutcomeKind.MADE, reason: '' },
    ]);
    const unmade = provisionIdOf(organizationId, { workspaceId: archived, integrationId });
    expect(await bench.store.read(`provision-${unmade}`)).toEqual([]);
  });

  it('come with a policy for the workspaces that were created before it, by the order of the log', async () => {
    const acme = await bench.tenant('Existing');
    const integrationId = await bench.connect(acme.organizationId, 'existing');
    const before = await workspacesOf(acme, 3);
    const { bulkId } = await acme.admin.autoProvisions.setAutoProvision(
      provisioningV1.SetAutoProvisionRequest.fromPartial(
        asked({
          integrationId,
          limits: [hourly(9n)],
          existing: ExistingProvisions.OVERRIDE,
          atLeastPosition: '1',
        }),
      ),
    );
    const { workspace: after } = await acme.admin.workspaces.createWorkspace(
      workspaceRequest({ name: 'after' }),
    );
    const { bulk, outcomes } = await done(acme, bulkId);
    expect(bulk).toMatchObject({ workspaces: 3, made: 3 });
    expect(outcomes.map(({ workspaceId }) => workspaceId).sort()).toEqual([...before].sort());
    const provisions = await provisionsOf(acme, integrationId);
    expect([...provisions.keys()].sort()).toEqual([...before, after?.id ?? ''].sort());
    // Whoever is killed between the policy and its bulk leaves it to the process manager.
    await bench.stop();
    const orphan = eventsV1.AutoProvisionPolicySet.fromPartial({
      integrationId,
      organizationId: acme.organizationId,
      models: { all: true },
      existing: ExistingProvisions.OVERRIDE,
    });
    await bench.append(
      acme.organizationId,
      `autoprovision-${integrationId}`,
      'AutoProvisionPolicySet',
      orphan,
    );
    await bench.start();
    await eventually(async () => {
      for (const provision of (await provisionsOf(acme, integrationId)).values()) {
        expect(provision.limits).toEqual([]);
      }
    });
    expect((await bench.store.read(`bulk-${deriveId('blk', integrationId, '1')}`)).length).toBeGreaterThan(0);
  });

  it('have a stream in which every workspace has one outcome', async () => {
    const acme = await bench.tenant('Twice');
    const integrationId = await bench.connect(acme.organizationId, 'twice');
    await workspacesOf(acme, 5);
    const { bulk } = await acme.admin.bulks.bulkProvision(requestOf({ integrationId, allWorkspaces: true }));
    await done(acme, bulk?.id ?? '');
    const recorded = await bench.store.read(`bulk-${bulk?.id ?? ''}`);
    const told = recorded.flatMap(({ type, data }) =>
      type === 'BulkProvisionCarriedOut'
        ? eventsV1.BulkProvisionCarriedOut.fromJSON(data).outcomes.map(({ workspaceId }) => workspaceId)
        : [],
    );
    expect(new Set(told).size).toBe(5);
    expect(told).toHaveLength(5);
    expect(recorded.at(-1)?.type).toBe('BulkProvisionCompleted');
  });

  it.each([directoryProjection, rolloutsProjection, gatewayConfigProjection])(
    'come out the same whether a projection reads them one by one or all at once: %#',
    async (projection) => {
      const { events } = await bench.store.readAll({ after: BEFORE_FIRST, limit: 10_000 });
      const owner = createPool(bench.database.superuserUrl, { name: 'projections', max: 1 });
      const dumpOf = async (schema: string, apply: (tx: PoolClient) => Promise<unknown>): Promise<string> => {
        const client = await owner.connect();
        await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
        await client.query(projection.ddl);
        await apply(client);
        client.release();
        return dumpProjection(owner, schema);
      };
      const singly = await dumpOf('singly', async (tx) => {
        for (const event of events) await projection.apply(tx, event);
      });
      const together = await dumpOf(
        'together',
        (tx) => projection.applyAll?.(tx, events) ?? Promise.reject(),
      );
      await owner.query('DROP SCHEMA singly, together CASCADE');
      await owner.end();
      expect(together).toBe(singly);
      expect(together).toContain('ws_');
    },
  );
});
