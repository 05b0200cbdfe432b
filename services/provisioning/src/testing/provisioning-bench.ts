import { createHash, randomUUID } from 'node:crypto';
import { PostgresBusProducer } from '@gatehouse/bus-postgres';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import type { Content } from '@gatehouse/contents';
import type { EventMetadata, EventStore, NewEvent } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { EVENTS } from '@gatehouse/events';
import { createGrpcApp, grpcClient, type GrpcClientOptions, type Promised } from '@gatehouse/grpc';
import { deriveEventId, deriveId, organizationId } from '@gatehouse/kernel';
import { OPERATIONS_SERVICES } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import { toBusMessage } from '@gatehouse/projections';
import { eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import { type EventType, TOPICS } from '@gatehouse/topology';
import type { Pool } from 'pg';
import { PROVISIONING_SERVICES } from '../adapters/grpc/services';
import { readProvisioningConfig } from '../provisioning.config';
import { ProvisioningModule } from '../provisioning.module';
import { FakeMetering } from './fake-metering';
import { FakeRegistry } from './fake-registry';

const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/provisioning/migrations',
];
const TOKENS = {
  operator: 'operator-token',
  gateway: 'gateway-token',
  metering: 'metering-token',
  registry: 'registry-token',
} as const;
export const PEPPER = Buffer.alloc(32, 7);
export const INSTALLATION_SECRET = Buffer.alloc(32, 5);

export type Identity = keyof typeof TOKENS;

/** Every client of the service, speaking as one caller. */
export interface Clients {
  readonly organizations: Promised<provisioningV1.OrganizationServiceClient>;
  readonly workspaces: Promised<provisioningV1.WorkspaceServiceClient>;
  readonly provisions: Promised<provisioningV1.ProvisionServiceClient>;
  readonly autoProvisions: Promised<provisioningV1.AutoProvisionServiceClient>;
  readonly bulks: Promised<provisioningV1.BulkProvisionServiceClient>;
  readonly keys: Promised<provisioningV1.ApiKeyServiceClient>;
  readonly limits: Promised<provisioningV1.LimitServiceClient>;
  readonly members: Promised<provisioningV1.MemberServiceClient>;
  readonly access: Promised<provisioningV1.AccessServiceClient>;
  readonly approvals: Promised<provisioningV1.ApprovalServiceClient>;
  readonly proposals: Promised<provisioningV1.ProposalServiceClient>;
  readonly previews: Promised<provisioningV1.PreviewServiceClient>;
  readonly sessions: Promised<provisioningV1.SessionServiceClient>;
  readonly config: Promised<provisioningV1.GatewayConfigServiceClient>;
}

/** An organization with its admin. */
export interface Tenant {
  readonly organizationId: string;
  readonly adminKey: string;
  readonly admin: Clients;
}

export interface RunningProvisioning {
  close(): Promise<void>;
}

/** Starts the service with settings, and answers when it serves. */
export type RunProvisioning = (settings: Readonly<Record<string, string>>) => Promise<RunningProvisioning>;

export interface ProvisioningBenchOptions {
  /** A Postgres of the spec's own, as its superuser. Absent: the run's. */
  readonly server?: string;
  /** How the service runs: in this process, unless it is to be killed. */
  readonly run?: RunProvisioning;
}

const inProcess: RunProvisioning = async (settings) => {
  const config = readProvisioningConfig(settings);
  const services = { ...PROVISIONING_SERVICES, ...OPERATIONS_SERVICES };
  const options = { listen: config.GATEHOUSE_GRPC_LISTEN, services };
  const { app, serve } = await createGrpcApp(ProvisioningModule.forConfig(config), options);
  await serve();
  return app;
};

/** The real service on a real Postgres, and the registry's events as the registry would publish them. */
export class ProvisioningBench {
  private readonly clients: { close(): void }[] = [];
  private running: RunningProvisioning | undefined;

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    readonly store: EventStore,
    /** As the registry, whose events are the spec's part. */
    private readonly registry: Pool,
    readonly address: string,
    /** Serves the contents of what the spec publishes. */
    readonly contents: FakeRegistry,
    /** Says where limits stand. */
    readonly metering: FakeMetering,
    private readonly run: RunProvisioning,
  ) {}

  static async open({ server, run = inProcess }: ProvisioningBenchOptions = {}): Promise<ProvisioningBench> {
    const database = await testDatabase({ migrations: MIGRATIONS, ...(server !== undefined && { server }) });
    const pool = createPool(database.url, { name: 'spec', max: 4 });
    const address = `127.0.0.1:${await freePort()}`;
    const registry = createPool(database.urlAs('registry'), { name: 'spec', max: 2 });
    const store = PostgresEventStore.connect(database.urlAs('provisioning'), { connectionsMax: 2 });
    const contents = await FakeRegistry.start();
    const metering = await FakeMetering.start();
    const bench = new ProvisioningBench(
      ...([database, pool, store, registry, address, contents, metering, run] as const),
    );
    await bench.start();
    return bench;
  }

  /** @param peppers the newest first. */
  async start(
    peppers: readonly Buffer[] = [PEPPER],
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    this.running = await this.run({
      GATEHOUSE_GRPC_LISTEN: this.address,
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_DATABASE_URL: this.database.urlAs('provisioning'),
      GATEHOUSE_REGISTRY_ADDRESS: this.contents.address,
      GATEHOUSE_METERING_ADDRESS: this.metering.address,
      // Of audit nothing is asked but what these are asked, too.
      GATEHOUSE_AUDIT_ADDRESS: this.metering.address,
      GATEHOUSE_SERVICE_TOKEN: 'provisioning-token',
      GATEHOUSE_KEY_PEPPER: peppers.map((pepper) => pepper.toString('base64')).join(),
      GATEHOUSE_INSTALLATION_SECRET: INSTALLATION_SECRET.toString('base64'),
      GATEHOUSE_SERVICE_TOKEN_HASHES: Object.entries(TOKENS)
        .map(([name, token]) => `${name}=${createHash('sha256').update(token).digest('hex')}`)
        .join(),
      ...more,
    });
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.stop();
    await this.store.close();
    await this.registry.end();
    await this.pool.end();
    await this.database.drop();
    await this.contents.stop();
    await this.metering.stop();
  }

  as(identity: Identity): Clients {
    return this.clientsOf({ address: this.address, serviceToken: TOKENS[identity] });
  }

  withKey(apiKey: string): Clients {
    return this.clientsOf({ address: this.address, apiKey });
  }

  /** An organization and its first admin key, as the operator makes them. */
  async tenant(name: string): Promise<Tenant> {
    const { organizations, keys } = this.as('operator');
    const created = await organizations.createOrganization({ requestId: randomUUID(), reason: 'spec', name });
    const id = created.organization?.id ?? '';
    const issued = await keys.issueApiKey(
      issueRequest({ organizationId: id, role: provisioningV1.ApiKeyRole.ADMIN, name: 'first' }),
    );
    return { organizationId: id, adminKey: issued.secret, admin: this.withKey(issued.secret) };
  }

  /** Connects an integration as the registry does; answers its id. */
  async connect(
    organization: string,
    slug: string,
    models: readonly string[] = ['small', 'large'],
    more: Partial<eventsV1.IntegrationConnected> = {},
  ): Promise<string> {
    const integrationId = deriveId('int', organization, slug);
    await this.publish(organization, `integration-${integrationId}`, 'IntegrationConnected', {
      ...eventsV1.IntegrationConnected.fromPartial({
        integrationId,
        organizationId: organization,
        name: slug,
        slug,
        provider: 'openai',
        dialect: 'openai-chat',
        baseUrl: 'https://api.example.com/v1',
        credentialVersion: 1,
        modelDecisions: { access: { selectedAt: 1n, allowed: [...models] } },
        ...more,
      }),
    });
    return integrationId;
  }

  /** Publishes a catalog or a price book as the registry does. */
  async publishContent(type: 'CatalogPublished' | 'PriceBookPublished', version: bigint, content: Content) {
    const stream = type === 'CatalogPublished' ? 'catalog-published' : 'pricebook-published';
    const { sha256 } = content;
    await this.publish(deriveId('org', 'installation'), stream, type, {
      ...eventsV1[type].fromPartial({ version, sha256, publishedAt: new Date(), source: 'spec' }),
    });
  }

  /** Publishes an event of the registry, and answers its position. */
  async publish(organization: string, stream: string, type: EventType, message: object): Promise<string> {
    const event = newEvent(organization, stream, type, message);
    const { position } = await new PostgresEventStore(this.registry).append(stream, [event], 'any');
    const recorded = await this.store.read(stream, { direction: 'backward', limit: 1 });
    await new PostgresBusProducer(this.registry).publish(
      TOPICS.registryEvents,
      recorded.map((one) => toBusMessage(one, '/gatehouse/registry')),
    );
    return String(position);
  }

  /** Appends an event of provisioning's own, as a process leaves it that ends right after. */
  async append(...[organization, stream, type, message, by]: Parameters<typeof newEvent>): Promise<void> {
    await this.store.append(stream, [newEvent(organization, stream, type, message, by)], 'any');
  }

  private clientsOf(options: GrpcClientOptions): Clients {
    const clients: Clients = {
      organizations: grpcClient(provisioningV1.OrganizationServiceClient, options),
      workspaces: grpcClient(provisioningV1.WorkspaceServiceClient, options),
      provisions: grpcClient(provisioningV1.ProvisionServiceClient, options),
      autoProvisions: grpcClient(provisioningV1.AutoProvisionServiceClient, options),
      bulks: grpcClient(provisioningV1.BulkProvisionServiceClient, options),
      keys: grpcClient(provisioningV1.ApiKeyServiceClient, options),
      limits: grpcClient(provisioningV1.LimitServiceClient, options),
      members: grpcClient(provisioningV1.MemberServiceClient, options),
      access: grpcClient(provisioningV1.AccessServiceClient, options),
      approvals: grpcClient(provisioningV1.ApprovalServiceClient, options),
      proposals: grpcClient(provisioningV1.ProposalServiceClient, options),
      previews: grpcClient(provisioningV1.PreviewServiceClient, options),
      sessions: grpcClient(provisioningV1.SessionServiceClient, options),
      config: grpcClient(provisioningV1.GatewayConfigServiceClient, options),
    };
    this.clients.push(...Object.values(clients));
    return clients;
  }
}

const newEvent = (
  organization: string,
  stream: string,
  type: EventType,
  message: object,
  { requestId, command }: Pick<EventMetadata, 'requestId' | 'command'> = {
    requestId: randomUUID(),
    command: 'Spec',
  },
): NewEvent => {
  return {
    ...EVENTS.write(type, message as never),
    id: deriveEventId(stream, requestId),
    metadata: {
      organizationId: organizationId(organization),
      actor: { kind: 'service', id: 'spec', address: '' },
      reason: 'spec',
      requestId,
      command,
      correlationId: requestId,
      causationId: '',
    },
  };
};

/** A request with an id and a reason of its own. */
export const asked = <Fields extends object>(fields: Fields) => ({
  requestId: randomUUID(),
  reason: 'spec',
  ...fields,
});

export const issueRequest = (
  fields: Partial<provisioningV1.IssueApiKeyRequest>,
): provisioningV1.IssueApiKeyRequest => provisioningV1.IssueApiKeyRequest.fromPartial(asked(fields));

export const workspaceRequest = (
  fields: Partial<provisioningV1.CreateWorkspaceRequest>,
): provisioningV1.CreateWorkspaceRequest => provisioningV1.CreateWorkspaceRequest.fromPartial(asked(fields));

/** What gRPC answered, as code and reason. */
export const refusalOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: { code?: string; reason?: string }) => `${error.code} ${error.reason}`,
  );

/** The id of the proposal that a command became. */
export const proposalIn = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => {
      throw new Error('it was done');
    },
    (error: { reason?: string; metadata?: Record<string, string> }) => {
      if (error.reason !== 'APPROVAL_REQUIRED' || !error.metadata?.['proposal']) throw error as Error;
      return error.metadata['proposal'];
    },
  );
