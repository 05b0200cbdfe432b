import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type PostgresServer, startPostgres } from '@gatehouse/embedded-postgres';
import { ServiceProcess } from '@gatehouse/embedded-postgres/testing';
import type { RecordedEvent } from '@gatehouse/event-store';
import { eventually, until } from '@gatehouse/kernel/testing';
import { eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { inFlight } from './app/in-flight';
import { provisionIdOf } from './app/provision/provision-maker';
import { asked, ProvisioningBench, type Tenant, workspaceRequest } from './testing/provisioning-bench';

/** A small share of what `npm run proof:auto-provision` does. */
const WORKSPACES = Number(process.env['PROOF_WORKSPACES'] ?? 20);
const INTEGRATIONS = 3;
/** For one step, on a machine that is busy; what takes longer does not come about. */
const PATIENCE_MS = 120_000;
/** Something is killed again when so many more workspaces stand: nothing would, otherwise, on a slow machine. */
const CREATED_BETWEEN = 4;

const VICTIMS = ['connections', 'provisioning', 'postgres'] as const;
type Victim = (typeof VICTIMS)[number];

const hourly = (quota: number): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota: BigInt(quota) },
    },
  });

describe('auto-provision, with provisioning, Postgres and the connections between them killed at random', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const superuserPassword = randomBytes(16).toString('hex');
  const kills: Record<Victim, number> = { connections: 0, provisioning: 0, postgres: 0 };
  const integrations: string[] = [];
  let port: number;
  let postgres: PostgresServer;
  let provisioning: ServiceProcess;
  let bench: ProvisioningBench;
  let acme: Tenant;
  let created = 0;

  const openPostgres = async (): Promise<void> => {
    const files = { dataDir: join(directory, 'data'), log: join(directory, 'postgres.log') };
    postgres = await startPostgres({ ...files, port, superuserPassword });
  };

  beforeAll(async () => {
    port = await freePort();
    await openPostgres();
    bench = await ProvisioningBench.open({
      server: postgres.url(),
      run: async (settings) => (provisioning = await ServiceProcess.start('provisioning', settings)),
    });
    acme = await bench.tenant('Acme');
    for (let index = 0; index < INTEGRATIONS; index++) {
      const integrationId = await bench.connect(acme.organizationId, `chaos-${index}`);
      integrations.push(integrationId);
      await setPolicy(integrationId, 1);
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    await bench?.close();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, PATIENCE_MS);

  it(
    'gives every workspace every provision once, with the limits that the policy had when it was created',
    async () => {
      const over = new AbortController();
      const chaos = Promise.all([killAgainAndAgain(over.signal), changePolicies(over.signal)]);
      const names = Array.from({ length: WORKSPACES }, (_, index) => `workspace ${index}`);
      const answers = await inFlight(names, 4, create).finally(() => over.abort());
      await chaos;
      expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
      await eventually(async () => expect(await awaited()).toBe(0), PATIENCE_MS);
      const events = await history();
      const ofType = (wanted: string) => events.filter(({ type }) => type === wanted);
      expect(ofType('WorkspaceCreated')).toHaveLength(WORKSPACES);
      for (const workspace of ofType('WorkspaceCreated')) {
        for (const integrationId of integrations) expectOne(events, workspace, integrationId);
      }
      expect(ofType('IntegrationProvisioned')).toHaveLength(WORKSPACES * INTEGRATIONS);
      process.stdout.write(`auto-provision of ${WORKSPACES} workspaces, killed: ${JSON.stringify(kills)}\n`);
      // Otherwise nothing was shown.
      for (const victim of VICTIMS) expect(kills[victim]).toBeGreaterThan(0);
    },
    PATIENCE_MS + WORKSPACES * 5_000,
  );

  /** By the log alone: which policy came last before the workspace, and what its provision's stream is. */
  const expectOne = (
    events: readonly RecordedEvent[],
    workspace: RecordedEvent,
    integrationId: string,
  ): void => {
    const workspaceId = workspace.stream.slice('workspace-'.length);
    const stream = `provision-${provisionIdOf(acme.organizationId, { workspaceId, integrationId })}`;
    const made = events.filter((event) => event.stream === stream);
    expect(made.map(({ type }) => type)).toEqual(['IntegrationProvisioned']);
    const policy = events
      .filter((one) => one.stream === `autoprovision-${integrationId}` && one.position < workspace.position)
      .at(-1);
    const wanted = eventsV1.AutoProvisionPolicySet.fromJSON(policy?.data);
    const { limits } = eventsV1.IntegrationProvisioned.fromJSON(made[0]?.data);
    expect(limits.map(({ kind }) => kind)).toEqual(wanted.limits.map(({ kind }) => kind));
  };

  /** As a caller does whose call was cut: the same again. */
  const create = async (name: string): Promise<void> => {
    const request = workspaceRequest({ name });
    await eventually(() => acme.admin.workspaces.createWorkspace(request), PATIENCE_MS);
    created++;
  };

  const setPolicy = (integrationId: string, quota: number) => {
    const request = provisioningV1.SetAutoProvisionRequest.fromPartial(
      asked({ integrationId, limits: [hourly(quota)], atLeastPosition: '1' }),
    );
    return eventually(() => acme.admin.autoProvisions.setAutoProvision(request), PATIENCE_MS);
  };

  const changePolicies = async (signal: AbortSignal): Promise<void> => {
    for (let quota = 2; !signal.aborted; quota++) {
      await sleep(randomInt(100, 500));
      await setPolicy(integrations[randomInt(INTEGRATIONS)] ?? '', quota);
    }
  };

  const killAgainAndAgain = async (signal: AbortSignal): Promise<void> => {
    for (let kill = 0; !signal.aborted; kill++) {
      const before = created;
      await sleep(randomInt(400));
      await KILL[VICTIMS[kill % VICTIMS.length] as Victim]();
      await until(() => signal.aborted || created >= before + CREATED_BETWEEN, 'workspaces', PATIENCE_MS);
    }
  };

  const KILL: Readonly<Record<Victim, () => Promise<void>>> = {
    connections: async () => {
      await bench.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = 'gatehouse_provisioning' AND datname = current_database()`,
      );
      kills.connections++;
    },
    provisioning: async () => {
      await provisioning.end('SIGKILL');
      kills.provisioning++;
      await bench.start();
    },
    postgres: async () => {
      process.kill(postgres.pid, 'SIGKILL');
      await postgres.exited;
      kills.postgres++;
      await openPostgres();
    },
  };

  const awaited = async (): Promise<number> => {
    const sql = 'SELECT count(*)::int AS awaited FROM provisioning_rollouts.awaited';
    const { rows } = await bench.pool.query<{ awaited: number }>(sql);
    return rows[0]?.awaited ?? -1;
  };

  const history = async (): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for (let after = 0n as RecordedEvent['position'], end = false; !end;) {
      const page = await bench.store.readAll({ after, limit: 1_000 });
      events.push(...page.events);
      ({ next: after, end } = page);
    }
    return events;
  };
});
