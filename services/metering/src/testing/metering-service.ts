import { createHash } from 'node:crypto';
import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import type { BusMessage } from '@gatehouse/bus';
import { PostgresBusProducer } from '@gatehouse/bus-postgres';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { type JsonObject, position, type RecordedEvent, revision } from '@gatehouse/event-store';
import { createGrpcApp, grpcClient, type GrpcClientOptions } from '@gatehouse/grpc';
import { deriveEventId, deriveId, organizationId, type OrganizationId } from '@gatehouse/kernel';
import { OPERATIONS_SERVICES, PgPool } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { toBusMessage } from '@gatehouse/projections';
import { eventsV1, meteringV1, operationsV1, provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import { readMeteringConfig } from '../metering.config';
import { METERING_SERVICES, MeteringModule } from '../metering.module';
import { MIGRATIONS } from './postgres-harness';
import { FakeProvisioning } from './fake-provisioning';
import { FakeRegistry } from './fake-registry';

const pepper = Buffer.alloc(32, 1);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of the key of that name. */
export const secretOf = (key: string): string => keyNamed(pepper, key);

export const OURS = organizationId(deriveId('org', 'ours'));
export const THEIRS = organizationId(deriveId('org', 'theirs'));

export interface RunningMetering {
  close(): Promise<void>;
}

/** Starts the service with settings, and answers when it serves. */
export type RunMetering = (settings: Readonly<Record<string, string>>) => Promise<RunningMetering>;

const inProcess: RunMetering = async (settings) => {
  const config = readMeteringConfig(settings);
  // What goes wrong here is meant to.
  const quiet = { ...config, GATEHOUSE_LOG_LEVEL: 'silent' as typeof config.GATEHOUSE_LOG_LEVEL };
  const { app, serve } = await createGrpcApp(MeteringModule.forConfig(quiet), {
    listen: config.GATEHOUSE_GRPC_LISTEN,
    services: { ...METERING_SERVICES, ...OPERATIONS_SERVICES },
  });
  await serve();
  return app;
};

/** The service as it runs, over a database and a bus of its own; provisioning and gateways are the spec's part. */
export class MeteringService {
  private readonly revisions = new Map<string, bigint>();
  private published = 0n;

  private constructor(
    readonly database: TestDatabase,
    /** As the database's owner. */
    readonly pool: PgPool,
    private readonly others: { readonly provisioning: Pool; readonly gateway: Pool },
    readonly listen: string,
    private app: RunningMetering,
    private readonly run: RunMetering,
    /** Makes proposals of resets. */
    readonly desk: FakeProvisioning,
    /** Says what models cost. */
    readonly registry: FakeRegistry,
  ) {}

  /** @param run in this process, unless it is to be killed. */
  static async start(run = inProcess): Promise<MeteringService> {
    const database = await testDatabase({ migrations: MIGRATIONS });
    const listen = `127.0.0.1:${await freePort()}`;
    const pool = new PgPool(createPool(database.url, { name: 'spec' }));
    const others = {
      provisioning: createPool(database.urlAs('provisioning'), { name: 'spec', max: 2 }),
      gateway: createPool(database.urlAs('gateway'), { name: 'spec', max: 2 }),
    };
    const desk = await FakeProvisioning.start();
    const registry = await FakeRegistry.start();
    const app = await run(settingsOf(database, listen, { desk, registry }));
    return new MeteringService(database, pool, others, listen, app, run, desk, registry);
  }

  async restart(): Promise<void> {
    await this.app.close();
    this.app = await this.run(settingsOf(this.database, this.listen, this));
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.pool.pool.end();
    for (const pool of Object.values(this.others)) await pool.end();
    await this.database.drop();
    this.desk.stop();
    this.registry.stop();
  }

  ledger(options: Partial<GrpcClientOptions> = { serviceToken: 'gateway-token' }) {
    return grpcClient(meteringV1.LedgerServiceClient, this.callerNamed(options));
  }

  leases(options: Partial<GrpcClientOptions> = { serviceToken: 'gateway-token' }) {
    return grpcClient(meteringV1.LeaseServiceClient, this.callerNamed(options));
  }

  /** Settles when the stream ends, with its error where it had one. */
  async watchLeases(
    request: meteringV1.WatchLeasesRequest,
    heard: (notice: meteringV1.WatchLeasesResponse) => void,
  ): Promise<void> {
    for await (const notice of this.leases().watchLeases(request)) heard(notice);
  }

  journals(options: Partial<GrpcClientOptions> = { serviceToken: 'operator-token' }) {
    return grpcClient(meteringV1.JournalServiceClient, this.callerNamed(options));
  }

  projections(options: Partial<GrpcClientOptions> = { serviceToken: 'operator-token' }) {
    return grpcClient(operationsV1.ProjectionServiceClient, this.callerNamed(options));
  }

  books(options: Partial<GrpcClientOptions> = { serviceToken: 'operator-token' }) {
    return grpcClient(meteringV1.BooksServiceClient, this.callerNamed(options));
  }

  usage(options: Partial<GrpcClientOptions> = { apiKey: 'gh_ours' }) {
    return grpcClient(meteringV1.UsageServiceClient, this.callerNamed(options));
  }

  budgets(options: Partial<GrpcClientOptions> = { apiKey: 'gh_ours' }) {
    return grpcClient(meteringV1.BudgetServiceClient, this.callerNamed(options));
  }

  webhooks(options: Partial<GrpcClientOptions> = { apiKey: 'gh_ours' }) {
    return grpcClient(meteringV1.WebhookServiceClient, this.callerNamed(options));
  }

  /** Keys go by names here. */
  private callerNamed({ apiKey, ...others }: Partial<GrpcClientOptions>): GrpcClientOptions {
    const key = apiKey === undefined ? undefined : secretOf(apiKey);
    return { address: this.listen, ...others, apiKey: key };
  }

  /** An event of provisioning, on the bus; answers its revision. */
  async tell(
    stream: string,
    type: string,
    data: unknown,
    organization: OrganizationId = OURS,
  ): Promise<bigint> {
    const next = (this.revisions.get(stream) ?? -1n) + 1n;
    this.revisions.set(stream, next);
    const event: RecordedEvent = {
      id: deriveEventId(stream, String(next)),
      type,
      version: 1,
      data: data as JsonObject,
      stream,
      revision: revision(next),
      position: position(++this.published),
      recordedAt: new Date(),
      metadata: {
        organizationId: organization,
        actor: { kind: 'operator', id: 'operator', address: '' },
        reason: '',
        requestId: `${stream}-${next}`,
        command: 'Spec',
        correlationId: '',
        causationId: '',
      },
    };
    const provisioning = new PostgresBusProducer(this.others.provisioning);
    await provisioning.publish(TOPICS.provisioningEvents, [toBusMessage(event, '/gatehouse/provisioning')]);
    return next;
  }

  createWorkspace(name: string, limits: readonly typeV1.Limit[], organization = OURS): Promise<bigint> {
    const workspaceId = deriveId('ws', name);
    const data = { workspaceId, organizationId: organization, name, limits: [...limits] };
    return this.tell(
      `workspace-${workspaceId}`,
      'WorkspaceCreated',
      eventsV1.WorkspaceCreated.toJSON(eventsV1.WorkspaceCreated.fromPartial(data)),
      organization,
    );
  }

  provision(
    name: string,
    workspace: string,
    limits: readonly typeV1.Limit[],
    organization = OURS,
  ): Promise<bigint> {
    const provisionId = deriveId('prv', name);
    const data = {
      provisionId,
      organizationId: organization,
      workspaceId: deriveId('ws', workspace),
      integrationId: deriveId('int', 'i'),
      limits: [...limits],
    };
    return this.tell(
      `provision-${provisionId}`,
      'IntegrationProvisioned',
      eventsV1.IntegrationProvisioned.toJSON(eventsV1.IntegrationProvisioned.fromPartial(data)),
      organization,
    );
  }

  issueKey(
    key: string,
    workspace: string | undefined,
    limits: readonly typeV1.Limit[] = [],
    organization = OURS,
    more: Partial<eventsV1.ApiKeyIssued> = {},
  ): Promise<bigint> {
    const data = {
      apiKeyId: deriveId('key', key),
      organizationId: organization,
      workspaceId: workspace === undefined ? '' : deriveId('ws', workspace),
      name: key,
      role: workspace === undefined ? provisioningV1.ApiKeyRole.ADMIN : provisioningV1.ApiKeyRole.WORKSPACE,
      limits: [...limits],
      hash: hashApiKey(pepper, secretOf(key)),
      ...more,
    };
    return this.tell(
      `apikey-${data.apiKeyId}`,
      'ApiKeyIssued',
      eventsV1.ApiKeyIssued.toJSON(eventsV1.ApiKeyIssued.fromPartial(data)),
      organization,
    );
  }

  /** Usage records, as a gateway tells them. */
  async record(...records: readonly meteringV1.UsageRecord[]): Promise<void> {
    const messages = records.map((record): BusMessage => ({
      key: record.provisionId,
      headers: {
        ce_id: `${record.requestId}.${record.attempt}`,
        ce_source: '/gatehouse/gateway',
        ce_type: 'UsageRecorded',
      },
      value: eventsV1.UsageRecorded.encode({ record }).finish(),
    }));
    await this.gateway.publish(TOPICS.usage, messages);
  }

  /** The bus as a gateway has it. */
  get gateway(): PostgresBusProducer {
    return new PostgresBusProducer(this.others.gateway);
  }
}

const settingsOf = (
  database: TestDatabase,
  listen: string,
  { desk, registry }: { readonly desk: FakeProvisioning; readonly registry: FakeRegistry },
): Readonly<Record<string, string>> => ({
  GATEHOUSE_GRPC_LISTEN: listen,
  GATEHOUSE_DATABASE_URL: database.urlAs('metering'),
  GATEHOUSE_KEY_PEPPER: pepper.toString('base64'),
  GATEHOUSE_INSTALLATION_SECRET: Buffer.alloc(32, 5).toString('base64'),
  GATEHOUSE_SERVICE_TOKEN_HASHES: ['registry', 'provisioning', 'gateway', 'metering', 'operator']
    .map((name) => `${name}=${sha256(`${name}-token`)}`)
    .join(','),
  GATEHOUSE_PROVISIONING_ADDRESS: desk.address,
  GATEHOUSE_REGISTRY_ADDRESS: registry.address,
  GATEHOUSE_SERVICE_TOKEN: 'metering-token',
  GATEHOUSE_LEASE_TTL_MS: '1000',
  GATEHOUSE_LEASE_MARGIN_MS: '200',
  GATEHOUSE_LEASE_SWEEP_MS: '100',
  GATEHOUSE_PRIVATE_HOSTS: '127.0.0.0/8',
  GATEHOUSE_WEBHOOK_RETRY_MS: '20',
  GATEHOUSE_WEBHOOK_DISABLE_AFTER_MS: '4000',
});
