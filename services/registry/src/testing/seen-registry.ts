import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { hashApiKey, toProtoKeyRole } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { PostgresBusProducer } from '@gatehouse/bus-postgres';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { type JsonObject, position, type RecordedEvent, revision } from '@gatehouse/event-store';
import { createGrpcApp, grpcClient } from '@gatehouse/grpc';
import {
  type AccessScope,
  type AppError,
  deriveEventId,
  deriveId,
  isWorkspaceRole,
  type KeyRole,
  type OrganizationId,
  organizationId,
} from '@gatehouse/kernel';
import { eventually, WrittenOutput } from '@gatehouse/kernel/testing';
import { createPool } from '@gatehouse/postgres';
import { toBusMessage } from '@gatehouse/projections';
import { eventsV1, registryV1 } from '@gatehouse/proto-gen';
import { HpkeDataKeyUnwrapper, type KeyProvider, KeyProviders, openCredential } from '@gatehouse/sealing';
import { TOPICS } from '@gatehouse/topology';
import { Client, credentials } from '@grpc/grpc-js';
import type { INestMicroservice } from '@nestjs/common';
import type { Pool } from 'pg';
import { readRegistryConfig } from '../registry.config';
import { REGISTRY_SERVICES, RegistryModule } from '../registry.module';
import { FakeCustodian, ProviderCustody } from './fake-custodian';

const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/registry/migrations',
];
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** ServerReflectionRequest with `list_services: ""`: field 7, of length 0. */
const LIST_SERVICES = Buffer.from([0x3a, 0x00]);
/** The same with `file_containing_symbol`: field 4. */
const fileOfService = (name: string): Buffer =>
  Buffer.concat([Buffer.from([0x22, Buffer.byteLength(name)]), Buffer.from(name)]);

const pepper = Buffer.alloc(32, 1);
const ours = organizationId(deriveId('org', 'ours'));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

/** A text as it is, in hex, and in base64 at each of the three places where it may begin. */
const formsOf = (text: string): string[] => {
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    // The letters at both ends depend on the neighbours.
    return [encoded.slice(4, -4), encoded.slice(4, -4).replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [text, Buffer.from(text).toString('hex'), ...base64];
};

/** A key, as provisioning tells of it. */
export interface LetIn {
  readonly name: string;
  readonly role: KeyRole;
  readonly scopes?: readonly AccessScope[];
  readonly organizationId: OrganizationId;
}

const keyIssued = ({ name, role, scopes = [], organizationId: of }: LetIn, at: bigint): RecordedEvent => {
  const issued = eventsV1.ApiKeyIssued.fromPartial({
    apiKeyId: deriveId('key', name),
    organizationId: of,
    workspaceId: isWorkspaceRole(role) ? deriveId('ws', 'ours') : '',
    name,
    role: toProtoKeyRole(role),
    scopes: [...scopes],
    hash: hashApiKey(pepper, keyNamed(pepper, name)),
  });
  const stream = `apikey-${issued.apiKeyId}`;
  return {
    id: deriveEventId(stream),
    type: 'ApiKeyIssued',
    version: 1,
    data: eventsV1.ApiKeyIssued.toJSON(issued) as JsonObject,
    stream,
    revision: revision(0n),
    position: position(at),
    recordedAt: new Date(),
    metadata: {
      organizationId: of,
      actor: { kind: 'operator', id: 'operator', address: '' },
      reason: '',
      requestId: name,
      command: 'Test',
      correlationId: '',
      causationId: '',
    },
  };
};

/** A registry in this process, and everything that anybody can see of it. */
export class SeenRegistry {
  /** What it answered, errors included, and what it wrote to standard output and error. */
  readonly answers: string[] = [];
  readonly output = WrittenOutput.listen();
  private requests = 0;
  private published = 0n;
  private reflection = '';

  private constructor(
    private readonly app: INestMicroservice,
    readonly address: string,
    private readonly database: TestDatabase,
    private readonly owner: Pool,
    private readonly custodian: FakeCustodian<ProviderCustody<KeyProvider>>,
  ) {}

  static async start(provider: KeyProvider, logLevel = 'trace'): Promise<SeenRegistry> {
    const database = await testDatabase({ migrations: MIGRATIONS });
    const custodian = new FakeCustodian(new ProviderCustody(provider));
    await custodian.start();
    const listen = `127.0.0.1:${await freePort()}`;
    const config = readRegistryConfig({
      GATEHOUSE_GRPC_LISTEN: listen,
      GATEHOUSE_LOG_LEVEL: logLevel,
      GATEHOUSE_DATABASE_URL: database.urlAs('registry'),
      GATEHOUSE_KEY_PEPPER: pepper.toString('base64'),
      GATEHOUSE_INSTALLATION_SECRET: Buffer.alloc(32, 5).toString('base64'),
      GATEHOUSE_SERVICE_TOKEN: 'registry-token',
      GATEHOUSE_SERVICE_TOKEN_HASHES: `gateway=${sha256('gateway-token')}`,
      GATEHOUSE_FINGERPRINT_KEY: Buffer.alloc(32, 2).toString('base64'),
      GATEHOUSE_PRIVATE_HOSTS: '127.0.0.0/8',
      GATEHOUSE_METERING_ADDRESS: '127.0.0.1:1',
      GATEHOUSE_PROVISIONING_ADDRESS: '127.0.0.1:1',
      GATEHOUSE_GATEWAY_ADDRESS: custodian.address,
    });
    const listened = { listen, services: REGISTRY_SERVICES };
    const { app, serve } = await createGrpcApp(RegistryModule.forConfig(config), listened);
    const owner = createPool(database.url, { name: 'spec', max: 2 });
    const registry = new SeenRegistry(app, listen, database, owner, custodian);
    await serve();
    await registry.letIn([{ name: 'admin', role: 'admin', organizationId: ours }]);
    await eventually(() => registry.drafts.listDrafts({}));
    return registry;
  }

  async stop(): Promise<void> {
    this.output.stop();
    await this.app.close();
    this.custodian.stop();
    await this.owner.end();
    await this.database.drop();
  }

  get integrations() {
    return grpcClient(registryV1.IntegrationServiceClient, this.asAdmin);
  }

  get drafts() {
    return grpcClient(registryV1.DraftServiceClient, this.asAdmin);
  }

  /** A command's own part. */
  command(): { requestId: string; reason: string } {
    return { requestId: `r-${++this.requests}`, reason: 'because' };
  }

  /** Keeps what came of it, whatever that is. */
  async noted<T>(answer: Promise<T>): Promise<T | undefined> {
    return answer.then(
      (said) => {
        this.answers.push(textOf(said));
        return said;
      },
      (error: AppError) => {
        const { message, stack, metadata, violations, cause } = error;
        const { details, metadata: trailers } = (cause ?? {}) as { details?: string; metadata?: object };
        this.answers.push(textOf({ message, stack, metadata, violations, details, trailers }));
        return undefined;
      },
    );
  }

  async opened(integrationId: string, credentialVersion: number): Promise<Record<string, string>> {
    const asGateway = { address: this.address, serviceToken: 'gateway-token' };
    const asked = grpcClient(registryV1.VaultServiceClient, asGateway).getSealedCredential({
      integrationId,
      credentialVersion,
    });
    const { sealed } = (await this.noted(asked)) ?? {};
    if (sealed === undefined) throw new Error('nothing sealed');
    const unwrapper = new HpkeDataKeyUnwrapper([], new KeyProviders([this.custodian.custody.keys]));
    const [origin = ''] = sealed.origins;
    return { ...openCredential(sealed, await unwrapper.unwrap(sealed), origin) };
  }

  /** Where any of the texts is, of all that can be seen. */
  async whereabouts(texts: readonly string[]): Promise<string[]> {
    const needles = texts.flatMap(formsOf);
    const places: [string, string][] = [
      ...this.answers.map((text): [string, string] => ['an answer', text]),
      ...this.output.texts.map((text): [string, string] => ['the log', text]),
      ['reflection', this.reflection],
      ...(await this.tables()),
    ];
    const found = places.filter(([, text]) => needles.some((needle) => text.includes(needle)));
    return [...new Set(found.map(([place]) => place))];
  }

  private get asAdmin() {
    return { address: this.address, apiKey: SeenRegistry.secretOf('admin') };
  }

  /** Of a key that was let in. */
  static secretOf(name: string): string {
    return keyNamed(pepper, name);
  }

  /** The registry hears of keys over the bus alone. */
  async letIn(keys: readonly LetIn[]): Promise<void> {
    const provisioning = createPool(this.database.urlAs('provisioning'), { name: 'spec', max: 1 });
    const messages = keys.map((key) =>
      toBusMessage(keyIssued(key, ++this.published), '/gatehouse/provisioning'),
    );
    await new PostgresBusProducer(provisioning).publish(TOPICS.provisioningEvents, messages);
    await provisioning.end();
  }

  /** Asks as a stranger for all that is told by reflection: what there is, and every file of it. That takes a moment. */
  async reflect(): Promise<void> {
    const client = new Client(this.address, credentials.createInsecure());
    const asIs = (bytes: Buffer): Buffer => bytes;
    const call = client.makeBidiStreamRequest(REFLECTION, asIs, asIs);
    call.on('error', () => undefined);
    const texts: string[] = [];
    for (const question of [LIST_SERVICES, ...Object.keys(REGISTRY_SERVICES).map(fileOfService)]) {
      call.write(question);
      const [answer] = (await once(call, 'data')) as [Buffer];
      texts.push(answer.toString('latin1'));
    }
    call.end();
    client.close();
    this.reflection = texts.join('\n');
  }

  /** All of the database, that of the log and of the bus included. */
  private async tables(): Promise<[string, string][]> {
    const { rows: tables } = await this.owner.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const rowsOf = async (name: string): Promise<[string, string]> => {
      const { rows } = await this.owner.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      return [`table ${name}`, rows.map(({ row }) => row).join('\n')];
    };
    return Promise.all(tables.map(({ name }) => rowsOf(name)));
  }
}
