import { randomUUID } from 'node:crypto';
import { deriveEventId, deriveId, organizationId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { workspaceCodec } from './adapters/events/workspace.codec';
import { ROLLOUTS_SCHEMA } from './adapters/postgres/rollouts.projection';
import { provisionIdOf } from './app/provision/provision-maker';
import {
  asked,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const hourly = (quota: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota },
    },
  });

describe('auto-provision', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;

  const set = (integrationId: string, fields: Partial<provisioningV1.SetAutoProvisionRequest> = {}) =>
    acme.admin.autoProvisions.setAutoProvision(
      provisioningV1.SetAutoProvisionRequest.fromPartial(
        asked({ integrationId, atLeastPosition: '1', ...fields }),
      ),
    );
  const turnOff = (integrationId: string) =>
    acme.admin.autoProvisions.turnOffAutoProvision(asked({ atLeastPosition: '', integrationId }));
  const workspace = (name: string) => acme.admin.workspaces.createWorkspace(workspaceRequest({ name }));
  const provisionsOf = async (workspaceId: string, atLeastPosition = '') => {
    const request = provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId, atLeastPosition });
    return (await acme.admin.provisions.listProvisions(request)).provisions;
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
  }, 120_000);
  afterAll(() => bench.close());

  it('gives a new workspace what policies say, by the time that its creation is answered', async () => {
    const [first, second] = [
      await bench.connect(acme.organizationId, 'first'),
      await bench.connect(acme.organizationId, 'second'),
    ];
    const before = await workspace('before the policies');
    await set(first, { limits: [hourly(5n)], models: { all: false, names: ['small'] } });
    await set(second);
    const { workspace: made, position, provisionsPending } = await workspace('after the policies');
    expect(provisionsPending).toBe(false);
    const provisions = await provisionsOf(made?.id ?? '', position);
    expect(provisions.map(({ slug }) => slug).sort()).toEqual(['first', 'second']);
    expect(provisions.find(({ slug }) => slug === 'first')).toMatchObject({
      enabled: true,
      limits: [{ kind: hourly(5n).kind }],
      models: { all: false, names: ['small'] },
    });
    expect(await provisionsOf(before.workspace?.id ?? '', position)).toEqual([]);
    await turnOff(first);
    const later = await workspace('after one was turned off');
    const slugs = (await provisionsOf(later.workspace?.id ?? '', later.position)).map(({ slug }) => slug);
    expect(slugs).toEqual(['second']);
    await turnOff(second);
  });

  it('says what the policy is, and which there are', async () => {
    const id = await bench.connect(acme.organizationId, 'shown');
    const asked = { integrationId: id, atLeastPosition: '0' };
    const shown = () => acme.admin.autoProvisions.getAutoProvision(asked);
    expect(await shown()).toEqual({
      autoProvision: expect.objectContaining({ integrationId: id, on: false, revision: undefined }),
    });
    const { autoProvision, position } = await set(id, { limits: [hourly(7n)] });
    expect(autoProvision).toMatchObject({ slug: 'shown', on: true, revision: 0n });
    expect(await shown()).toEqual({ autoProvision });
    const request = { pageSize: 0, pageToken: '', skip: 0, atLeastPosition: position };
    expect(await acme.admin.autoProvisions.listAutoProvisions(request)).toMatchObject({
      autoProvisions: [autoProvision],
      totalSize: 1,
    });
    const off = await turnOff(id);
    expect(off.autoProvision).toMatchObject({ on: false, revision: 1n });
    expect(
      await acme.admin.autoProvisions.listAutoProvisions({ ...request, atLeastPosition: off.position }),
    ).toMatchObject({ autoProvisions: [], totalSize: 0 });
  });

  it('makes what a creation left behind that nobody waited for, once, as the policy was then', async () => {
    const id = await bench.connect(acme.organizationId, 'left');
    await set(id, { limits: [hourly(1n)] });
    await bench.stop();
    const workspaceId = deriveId('ws', 'cut off');
    await appendWorkspace(workspaceId);
    await bench.start();
    await set(id, { limits: [hourly(2n)] });
    await eventually(async () => {
      const [made, ...more] = await provisionsOf(workspaceId);
      expect(made).toMatchObject({ slug: 'left', limits: [{ kind: hourly(1n).kind }] });
      expect(more).toEqual([]);
    });
    await turnOff(id);
  });

  it('gives nothing to a workspace that was archived, though the projection has yet to hear of it', async () => {
    const id = await bench.connect(acme.organizationId, 'late');
    const [archived, active] = [await workspace('archived'), await workspace('active')];
    const workspaceIds = [archived, active].map((made) => made.workspace?.id ?? '');
    await acme.admin.workspaces.archiveWorkspace(asked({ workspaceId: workspaceIds[0] ?? '' }));
    // As it has them until it hears of the end.
    await bench.pool.query(
      `INSERT INTO ${ROLLOUTS_SCHEMA}.awaited
       SELECT id, $2, $3, '[]', true, '{}', 'spec', '', '' FROM unnest($1::text[]) AS workspace (id)`,
      [workspaceIds, id, acme.organizationId],
    );
    const made = (workspaceId: string) =>
      bench.store.read(`provision-${provisionIdOf(acme.organizationId, { workspaceId, integrationId: id })}`);
    await eventually(async () => expect(await made(workspaceIds[1] ?? '')).toHaveLength(1));
    expect(await made(workspaceIds[0] ?? '')).toEqual([]);
    await bench.pool.query(`DELETE FROM ${ROLLOUTS_SCHEMA}.awaited WHERE integration_id = $1`, [id]);
  });

  it('ends with its integration, and is gone for workspaces that come after', async () => {
    const id = await bench.connect(acme.organizationId, 'ending');
    await set(id);
    await bench.publish(acme.organizationId, `integration-${id}`, 'IntegrationDeleted', {
      ...eventsV1.IntegrationDeleted.fromPartial({ integrationId: id }),
    });
    await eventually(async () => {
      const recorded = await bench.store.read(`autoprovision-${id}`);
      expect(recorded.map(({ type }) => type)).toEqual(['AutoProvisionPolicySet', 'AutoProvisionEnded']);
    });
    expect(await refusalOf(set(id))).toBe('NOT_FOUND INTEGRATION_UNKNOWN');
    const { workspace: made, position, provisionsPending } = await workspace('after the end');
    expect(provisionsPending).toBe(false);
    expect(await provisionsOf(made?.id ?? '', position)).toEqual([]);
  });

  it('comes with the connection of its integration, and is set once, whoever looks for it', async () => {
    const { workspace: before } = await workspace('before the connection');
    const id = await bench.connect(acme.organizationId, 'in-one-step', ['small'], {
      workspaces: [provisioningV1.WantedProvision.fromPartial({ workspaceId: before?.id ?? '' })],
      autoProvision: provisioningV1.WantedAutoProvision.fromPartial({
        limits: [hourly(7n)],
        models: { all: false, names: ['small'] },
        existing: provisioningV1.ExistingProvisions.KEEP,
      }),
    });
    const recorded = async () => (await bench.store.read(`autoprovision-${id}`)).map(({ type }) => type);
    await eventually(async () =>
      expect(await bench.store.read(`connection-${id}`)).toMatchObject([{ type: 'WorkspacesConnected' }]),
    );
    // It serves nobody yet.
    expect(await recorded()).toEqual([]);
    await bench.publish(acme.organizationId, `integration-${id}`, 'IntegrationReady', { integrationId: id });
    await eventually(async () => expect(await recorded()).toEqual(['AutoProvisionPolicySet']));
    await bench.stop();
    await bench.start();
    const { workspace: made, position } = await eventually(() => workspace('after the connection'));
    const wanted = { slug: 'in-one-step', limits: [{ kind: hourly(7n).kind }], models: { names: ['small'] } };
    expect(await provisionsOf(made?.id ?? '', position)).toMatchObject([wanted]);
    // What it was connected with is kept, and other workspaces that were there have what the policy gives.
    await eventually(async () => {
      const all = await acme.admin.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ integrationId: id, pageSize: 200 }),
      );
      const { totalSize } = await acme.admin.workspaces.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({}),
      );
      expect(all.totalSize).toBe(totalSize);
      const kept = all.provisions.find(({ workspaceId }) => workspaceId === before?.id);
      expect(kept).toMatchObject({ limits: [], models: { all: true } });
    });
    expect(await recorded()).toEqual(['AutoProvisionPolicySet']);
    await turnOff(id);
    expect(await recorded()).toEqual(['AutoProvisionPolicySet', 'AutoProvisionTurnedOff']);
  });

  it('waits where the organization wants a second admin, and holds up nothing else', async () => {
    const careful = await bench.tenant('Careful');
    const { approvals } = careful.admin;
    await approvals.changeApproval(asked({ required: true }));
    const policy = { autoProvision: provisioningV1.WantedAutoProvision.fromPartial({}) };
    const waiting = await bench.connect(careful.organizationId, 'careful', ['small'], policy);
    const free = await bench.connect(acme.organizationId, 'carefree', ['small'], policy);
    const recorded = (id: string) => bench.store.read(`autoprovision-${id}`);
    await eventually(async () => expect(await recorded(free)).toHaveLength(1));
    expect(await recorded(waiting)).toEqual([]);
    await turnOff(free);
    // What waits can be turned off as well, and waits no more.
    const off = provisioningV1.TurnOffAutoProvisionRequest.fromPartial(asked({ integrationId: waiting }));
    const { autoProvision, position } = await careful.admin.autoProvisions.turnOffAutoProvision(off);
    expect(autoProvision).toMatchObject({ on: false, limits: [], revision: 0n });
    expect(await recorded(waiting)).toMatchObject([{ type: 'AutoProvisionTurnedOff' }]);
    const request = { pageSize: 0, pageToken: '', skip: 0, atLeastPosition: position };
    expect(await careful.admin.autoProvisions.listAutoProvisions(request)).toMatchObject({ totalSize: 0 });
    const sql = `SELECT status FROM ${ROLLOUTS_SCHEMA}.policy WHERE integration_id = $1`;
    expect((await bench.pool.query(sql, [waiting])).rows).toEqual([{ status: 'off' }]);
  });

  it('is set however many wait for a second admin whose integrations come before', async () => {
    const careful = await bench.tenant('Careful of many');
    await careful.admin.approvals.changeApproval(asked({ required: true }));
    const policy = { autoProvision: provisioningV1.WantedAutoProvision.fromPartial({}) };
    const waiting: string[] = [];
    for (let n = 0; n < 100; n++)
      waiting.push(await bench.connect(careful.organizationId, `waiting-${n}`, ['small'], policy));
    const last = waiting.sort().at(-1) ?? '';
    let n = 0;
    while (deriveId('int', acme.organizationId, `after-${n}`) < last) n++;
    const free = await bench.connect(acme.organizationId, `after-${n}`, ['small'], policy);
    const recorded = (id: string) => bench.store.read(`autoprovision-${id}`);
    await eventually(async () => expect(await recorded(free)).toHaveLength(1));
    expect(await recorded(last)).toEqual([]);
    await turnOff(free);
  });

  it('is refused for what cannot be, and then nothing is recorded', async () => {
    const id = await bench.connect(acme.organizationId, 'refused');
    const { workspace: owner } = await workspace('owner');
    const owned = await bench.connect(acme.organizationId, 'owned', [], {
      ownerWorkspaceId: owner?.id ?? '',
    });
    expect(await refusalOf(set(id, { models: { all: false, names: ['unheard-of'] } }))).toBe(
      'INVALID REQUEST_INVALID',
    );
    expect(await refusalOf(set(id, { limits: [hourly(1n), hourly(2n)] }))).toBe('INVALID REQUEST_INVALID');
    expect(await refusalOf(set(owned))).toBe('REFUSED INTEGRATION_OF_A_WORKSPACE');
    const other = await bench.tenant('Other');
    const stranger = provisioningV1.SetAutoProvisionRequest.fromPartial(asked({ integrationId: id }));
    expect(await refusalOf(other.admin.autoProvisions.setAutoProvision(stranger))).toBe(
      'NOT_FOUND INTEGRATION_UNKNOWN',
    );
    expect(await bench.store.read(`autoprovision-${id}`)).toEqual([]);
    expect(await bench.store.read(`autoprovision-${owned}`)).toEqual([]);
  });

  /** As a process leaves it that ends right after the workspace's creation was recorded. */
  const appendWorkspace = async (workspaceId: string): Promise<void> => {
    const requestId = randomUUID();
    const created = workspaceCodec.encode({
      type: 'WorkspaceCreated',
      workspaceId: workspaceId as never,
      organizationId: organizationId(acme.organizationId),
      name: 'cut off',
      slug: '',
      details: { icon: '', description: '', defaultMetadata: {} },
      limits: [],
    });
    const metadata = {
      organizationId: organizationId(acme.organizationId),
      actor: { kind: 'service', id: 'spec', address: '' },
      reason: 'spec',
      requestId,
      command: 'CreateWorkspace',
      correlationId: requestId,
      causationId: '',
    } as const;
    const event = { ...created, id: deriveEventId(workspaceId, requestId), metadata };
    await bench.store.append(`workspace-${workspaceId}`, [event], 'none');
  };
});
