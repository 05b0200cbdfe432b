import { join } from 'node:path';
import { Peppers } from '@gatehouse/access';
import { BusProducer } from '@gatehouse/bus';
import { grpcClient, type TlsFiles } from '@gatehouse/grpc';
import { HostGuard } from '@gatehouse/hosts';
import { Clock, SystemClock } from '@gatehouse/kernel';
import { openBus, openTls, PinoServiceLog, Random, ServiceLog, SystemRandom } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import { meteringV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import {
  AmbientIdentities,
  ProviderAuthenticator,
  TokenCache,
  type TokenTransport,
  UndiciTokenTransport,
} from '@gatehouse/provider-auth';
import { DataKeyUnwrapper, HpkeDataKeyUnwrapper, KeyProviders, ProcessSeal } from '@gatehouse/sealing';
import {
  AwsSecrets,
  EnvironmentSecrets,
  FileSecrets,
  HashicorpVaultSecrets,
  SecretReferences,
  type SecretSources,
} from '@gatehouse/secret-references';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ConfigurationStore } from './adapters/config/configuration-store';
import { ConfigurationWatch } from './adapters/config/configuration-watch';
import { HealthController } from './adapters/http/health.controller';
import { CrossOrigin } from './adapters/http/cross-origin';
import { HttpExchanges } from './adapters/http/http-exchanges';
import { HttpSettings } from './adapters/http/http-settings';
import { ModelsController } from './adapters/http/models.controller';
import { PreflightController } from './adapters/http/preflight.controller';
import { SurfaceRoutes } from './adapters/http/surface-routes';
import { UnknownUrlFilter } from './adapters/http/unknown-url.filter';
import { metricsOf } from './adapters/metrics/prometheus-metrics';
import { FileJournal } from './adapters/journal/file-journal';
import { HealthReports } from './adapters/health/health-reports';
import { CloserOfBefore } from './adapters/ledger/closer-of-before';
import { GrpcLedger } from './adapters/ledger/grpc-ledger';
import { LeaseNotices } from './adapters/ledger/lease-notices';
import { UndiciUpstream } from './adapters/upstream/undici-upstream';
import { UsagePublisher } from './adapters/usage/usage-publisher';
import { DataKeyRewraps } from './adapters/vault/data-key-rewraps';
import { openKeyProviders, readVaultKeys } from './adapters/vault/key-providers';
import { ownPathsIn } from './adapters/vault/own-paths';
import { ProvenCredentials } from './adapters/vault/proven-credentials';
import { ReferencedCredentials } from './adapters/vault/referenced-credentials';
import { SealedCredentialFiles } from './adapters/vault/sealed-credential-files';
import { VaultCredentials } from './adapters/vault/vault-credentials';
import { WorkerTokenCounter } from './adapters/tokens/worker-token-counter';
import { Admission } from './app/admission';
import { type CallSettings, GovernedCalls } from './app/governed-call';
import { ConfigurationSource, Ledger } from './app/gateway.ports';
import { IntegrationHealth } from './app/integration-health';
import { Traffic } from './app/traffic';
import { Experiences } from './domain/experience';
import type { GatewayConfig } from './gateway.config';
import { tokenProviders } from './token.providers';
import { GatewayLifecycle } from './gateway-lifecycle';

/** Joins ports to adapters. */
@Module({})
export class GatewayModule {
  /** @param openBus other than the one that the configuration names: for tests. */
  static with(config: GatewayConfig, openBus: OpenGatewayBus = configuredBus(config)): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [ModelsController, HealthController, PreflightController],
      providers: [
        { provide: Clock, useClass: SystemClock },
        { provide: Random, useClass: SystemRandom },
        { provide: ServiceLog, useFactory: () => new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL) },
        { provide: TLS, useFactory: (log: ServiceLog) => openTls(config, log), inject: [ServiceLog] },
        UnknownUrlFilter,
        ...busProviders(openBus),
        ...journalProviders(config),
        ...configurationProviders(config),
        ...credentialProviders(config),
        ...tokenProviders(config),
        ...referenceProviders(config),
        ...healthProviders(config),
        ...metricsProviders,
        ...requestProviders(config),
        ...httpProviders(config),
        lifecycleProvider(config),
      ],
    };
  }
}

/** Where usage goes. */
export interface GatewayBus {
  readonly producer: BusProducer;
  close(): Promise<void>;
}
export type OpenGatewayBus = (log: ServiceLog) => Promise<GatewayBus>;

const BUS = Symbol('bus');
/** What secrets that others keep are read with. */
const SECRET_TRANSPORT = Symbol('secret transport');
/** What is measured, to be scraped. */
export const METRICS = Symbol('metrics');
/** Certificates for calls to other services, and from them; undefined where they are plain. */
export const TLS = Symbol('tls');

const configuredBus =
  (config: GatewayConfig): OpenGatewayBus =>
  async (log) => {
    const pool = createPool(config.GATEHOUSE_DATABASE_URL, { name: 'gateway', max: 2, log });
    const { producer, consumer } = await openBus({ name: 'gateway', config, pool, log });
    const close = async (): Promise<void> => {
      await Promise.all([producer.close(), consumer.close()]);
      await pool.end();
    };
    return { producer, close };
  };

const busProviders = (open: OpenGatewayBus): Provider[] => [
  { provide: BUS, useFactory: open, inject: [ServiceLog] },
  { provide: BusProducer, useFactory: (bus: GatewayBus) => bus.producer, inject: [BUS] },
  {
    provide: UsagePublisher,
    useFactory: (producer: BusProducer, journal: FileJournal, log: ServiceLog) =>
      new UsagePublisher(producer, journal, log),
    inject: [BusProducer, FileJournal, ServiceLog],
  },
];

const journalProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: FileJournal,
    useFactory: (random: Random, log: ServiceLog) =>
      FileJournal.openAt({ directory: join(config.GATEHOUSE_DATA_DIR, 'journal'), random, log }),
    inject: [Random, ServiceLog],
  },
  {
    provide: GrpcLedger,
    useFactory: (journal: FileJournal, clock: Clock, log: ServiceLog, tls?: TlsFiles) => {
      const rpc = grpcClient(meteringV1.LeaseServiceClient, meteringAt(config, tls));
      return new GrpcLedger({ rpc, journal, notices: new LeaseNotices(rpc, journal, log), clock, log });
    },
    inject: [FileJournal, Clock, ServiceLog, TLS],
  },
  {
    provide: CloserOfBefore,
    useFactory: (log: ServiceLog, tls?: TlsFiles) =>
      new CloserOfBefore(grpcClient(meteringV1.LedgerServiceClient, meteringAt(config, tls)), log),
    inject: [ServiceLog, TLS],
  },
];

const meteringAt = (config: GatewayConfig, tls: TlsFiles | undefined) => ({
  address: config.GATEHOUSE_METERING_ADDRESS,
  serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
  tls,
  deadlineMs: 5_000,
});

const configurationProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: ConfigurationStore,
    useFactory: (log: ServiceLog) => new ConfigurationStore(config.GATEHOUSE_DATA_DIR, log),
    inject: [ServiceLog],
  },
  { provide: ConfigurationSource, useExisting: ConfigurationStore },
  {
    provide: ConfigurationWatch,
    useFactory: (store: ConfigurationStore, log: ServiceLog, tls?: TlsFiles) =>
      new ConfigurationWatch(
        grpcClient(provisioningV1.GatewayConfigServiceClient, {
          address: config.GATEHOUSE_PROVISIONING_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls,
        }),
        store,
        log,
      ),
    inject: [ConfigurationStore, ServiceLog, TLS],
  },
];

const credentialProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: KeyProviders,
    useFactory: () => openKeyProviders(config),
  },
  {
    provide: DataKeyUnwrapper,
    useFactory: (keys: KeyProviders) =>
      new HpkeDataKeyUnwrapper(readVaultKeys(config.GATEHOUSE_VAULT_PRIVATE_KEY_FILE), keys),
    inject: [KeyProviders],
  },
  {
    provide: VaultCredentials,
    useFactory: (unwrapper: DataKeyUnwrapper, clock: Clock, log: ServiceLog, tls?: TlsFiles) =>
      new VaultCredentials({
        rpc: vaultClient(config, tls),
        unwrapper,
        files: new SealedCredentialFiles(join(config.GATEHOUSE_DATA_DIR, 'credentials')),
        clock,
        log,
      }),
    inject: [DataKeyUnwrapper, Clock, ServiceLog, TLS],
  },
  {
    provide: DataKeyRewraps,
    useFactory: (unwrapper: DataKeyUnwrapper, log: ServiceLog, tls?: TlsFiles) =>
      new DataKeyRewraps({
        rpc: vaultClient(config, tls),
        unwrapper,
        everyMs: config.GATEHOUSE_REWRAP_EVERY_MS,
        log,
      }),
    inject: [DataKeyUnwrapper, ServiceLog, TLS],
  },
];

const referenceProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: SECRET_TRANSPORT,
    // A request waits for it.
    useFactory: () => new UndiciTokenTransport({ connectTimeoutMs: 3_000, timeoutMs: 5_000 }),
  },
  {
    provide: SecretReferences,
    useFactory: (transport: TokenTransport, ambient: AmbientIdentities, clock: Clock, seal: ProcessSeal) =>
      new SecretReferences({
        grants: config.GATEHOUSE_SECRET_GRANTS,
        sources: secretSources(config, { transport, ambient, clock }),
        cache: new TokenCache(clock, seal),
        seal,
        clock,
      }),
    inject: [SECRET_TRANSPORT, AmbientIdentities, Clock, ProcessSeal],
  },
  {
    provide: ReferencedCredentials,
    useFactory: (
      sealed: VaultCredentials,
      configuration: ConfigurationStore,
      references: SecretReferences,
      log: ServiceLog,
    ) => new ReferencedCredentials({ sealed, configuration, references, log }),
    inject: [VaultCredentials, ConfigurationStore, SecretReferences, ServiceLog],
  },
  {
    provide: ProvenCredentials,
    useFactory: (opened: ReferencedCredentials, authenticator: ProviderAuthenticator) =>
      new ProvenCredentials(opened, authenticator),
    inject: [ReferencedCredentials, ProviderAuthenticator],
  },
];

/** Those that are configured. */
const secretSources = (
  config: GatewayConfig,
  { transport, ambient, clock }: { transport: TokenTransport; ambient: AmbientIdentities; clock: Clock },
): SecretSources => {
  const address = config.GATEHOUSE_HASHICORP_VAULT_ADDRESS;
  const tokenFile = config.GATEHOUSE_HASHICORP_VAULT_TOKEN_FILE;
  const namespace = config.GATEHOUSE_HASHICORP_VAULT_NAMESPACE;
  return {
    environment: new EnvironmentSecrets(process.env),
    file: new FileSecrets(ownPathsIn({ ...process.env, ...config })),
    ...(config.GATEHOUSE_GATEWAY_ROLE && {
      'aws-secrets-manager': new AwsSecrets(ambient, transport, clock),
    }),
    ...(address !== undefined &&
      tokenFile !== undefined && {
        'hashicorp-vault': new HashicorpVaultSecrets(
          { address: address.replace(/\/+$/, ''), tokenFile, ...(namespace !== undefined && { namespace }) },
          transport,
        ),
      }),
  };
};

const vaultClient = (config: GatewayConfig, tls: TlsFiles | undefined) =>
  grpcClient(registryV1.VaultServiceClient, {
    address: config.GATEHOUSE_REGISTRY_ADDRESS,
    serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
    tls,
  });

const HEALTH_EVERY_MS = 5_000;

const healthProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: IntegrationHealth,
    useFactory: (clock: Clock) => new IntegrationHealth(clock),
    inject: [Clock],
  },
  {
    provide: HealthReports,
    useFactory: (health: IntegrationHealth, log: ServiceLog, tls?: TlsFiles) =>
      new HealthReports({
        rpc: grpcClient(registryV1.HealthServiceClient, {
          address: config.GATEHOUSE_REGISTRY_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls,
        }),
        health,
        everyMs: HEALTH_EVERY_MS,
        log,
      }),
    inject: [IntegrationHealth, ServiceLog, TLS],
  },
];

const metricsProviders: Provider[] = [
  Traffic,
  {
    provide: METRICS,
    useFactory: (
      traffic: Traffic,
      ledger: GrpcLedger,
      journal: FileJournal,
      exchanges: HttpExchanges,
      clock: Clock,
    ) => metricsOf({ traffic, ledger, journal, exchanges, clock }),
    inject: [Traffic, GrpcLedger, FileJournal, HttpExchanges, Clock],
  },
];

const callSettings = (config: GatewayConfig): CallSettings => ({
  outputDefault: config.GATEHOUSE_OUTPUT_DEFAULT,
  outputFloor: config.GATEHOUSE_OUTPUT_FLOOR,
  answerBytesMax: config.GATEHOUSE_ANSWER_BYTES_MAX,
  requestDeadlineMs: config.GATEHOUSE_REQUEST_DEADLINE_MS,
});

const requestProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: UndiciUpstream,
    useFactory: () =>
      new UndiciUpstream({
        hosts: new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS),
        connectTimeoutMs: config.GATEHOUSE_CONNECT_TIMEOUT_MS,
        headersTimeoutMs: config.GATEHOUSE_HEADERS_TIMEOUT_MS,
        idleTimeoutMs: config.GATEHOUSE_IDLE_TIMEOUT_MS,
        connectionsMax: config.GATEHOUSE_UPSTREAM_CONNECTIONS_MAX,
      }),
  },
  { provide: WorkerTokenCounter, useFactory: () => new WorkerTokenCounter() },
  {
    provide: GovernedCalls,
    useFactory: (
      ledger: GrpcLedger,
      journal: FileJournal,
      credentials: ProvenCredentials,
      upstream: UndiciUpstream,
      clock: Clock,
      health: IntegrationHealth,
      tokens: WorkerTokenCounter,
      traffic: Traffic,
    ) =>
      new GovernedCalls({
        admission: new Admission(ledger, clock),
        ledger,
        journal,
        credentials,
        upstream,
        clock,
        health,
        experiences: new Experiences(),
        tokens,
        traffic,
        settings: callSettings(config),
      }),
    inject: [
      ...[GrpcLedger, FileJournal, ProvenCredentials],
      ...[UndiciUpstream, Clock, IntegrationHealth, WorkerTokenCounter, Traffic],
    ],
  },
  { provide: Ledger, useExisting: GrpcLedger },
];

const httpProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: SurfaceRoutes,
    useFactory: (
      calls: GovernedCalls,
      source: ConfigurationSource,
      exchanges: HttpExchanges,
      settings: HttpSettings,
      clock: Clock,
    ) => new SurfaceRoutes({ calls, source, exchanges, settings, clock }),
    inject: [GovernedCalls, ConfigurationSource, HttpExchanges, HttpSettings, Clock],
  },
  { provide: CrossOrigin, useFactory: () => new CrossOrigin(config.GATEHOUSE_CORS_ORIGINS) },
  {
    provide: HttpExchanges,
    useFactory: (random: Random, log: ServiceLog, crossOrigin: CrossOrigin, traffic: Traffic) =>
      new HttpExchanges(random, log, crossOrigin, traffic),
    inject: [Random, ServiceLog, CrossOrigin, Traffic],
  },
  {
    provide: HttpSettings,
    useFactory: (random: Random) =>
      new HttpSettings({
        peppers: new Peppers(config.GATEHOUSE_KEY_PEPPER),
        bodyBytesMax: config.GATEHOUSE_BODY_BYTES_MAX,
        bodyDeadlineMs: config.GATEHOUSE_BODY_DEADLINE_MS,
        bodiesBytesMax: config.GATEHOUSE_BODIES_BYTES_MAX,
        gatewayId: Buffer.from(random.bytes(8)).toString('hex'),
        waitMs: config.GATEHOUSE_WAIT_MS,
        forwardHeaders: config.GATEHOUSE_FORWARD_HEADERS,
      }),
    inject: [Random],
  },
];

const lifecycleProvider = (config: GatewayConfig): Provider => ({
  provide: GatewayLifecycle,
  useFactory: (
    journal: FileJournal,
    store: ConfigurationStore,
    watch: ConfigurationWatch,
    credentials: VaultCredentials,
    rewraps: DataKeyRewraps,
    healthReports: HealthReports,
    ledger: GrpcLedger,
    closerOfBefore: CloserOfBefore,
    publisher: UsagePublisher,
    upstream: UndiciUpstream,
    tokenTransport: UndiciTokenTransport,
    secretTransport: UndiciTokenTransport,
    calls: GovernedCalls,
    exchanges: HttpExchanges,
    clock: Clock,
    log: ServiceLog,
    bus: GatewayBus,
  ) =>
    new GatewayLifecycle({
      ...{
        journal,
        store,
        watch,
        credentials,
        rewraps,
        healthReports,
        ledger,
        closerOfBefore,
        publisher,
        upstream,
        transports: [tokenTransport, secretTransport],
        calls,
      },
      ...{ exchanges, clock, log, closeBus: () => bus.close(), drainMs: config.GATEHOUSE_DRAIN_MS },
    }),
  inject: [
    ...[FileJournal, ConfigurationStore, ConfigurationWatch, VaultCredentials, DataKeyRewraps],
    ...[HealthReports, GrpcLedger, CloserOfBefore],
    ...[
      UsagePublisher,
      UndiciUpstream,
      UndiciTokenTransport,
      SECRET_TRANSPORT,
      GovernedCalls,
      HttpExchanges,
      Clock,
      ServiceLog,
      BUS,
    ],
  ],
});
