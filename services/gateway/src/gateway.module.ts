import { join } from 'node:path';
import { Peppers } from '@gatehouse/access';
import { grpcClient, type TlsFiles } from '@gatehouse/grpc';
import { HostGuard } from '@gatehouse/hosts';
import { Clock } from '@gatehouse/kernel';
import { Random, ServiceLog } from '@gatehouse/platform';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
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
import { RequestLog } from './adapters/http/request-log';
import { SurfaceHeads } from './adapters/http/surface-head';
import { SurfaceRoutes } from './adapters/http/surface-routes';
import { UnknownUrlFilter } from './adapters/http/unknown-url.filter';
import { metricsOf } from './adapters/metrics/prometheus-metrics';
import { OtlpSpans } from './adapters/otlp/otlp-spans';
import { NoTraces, SampledTraces } from './adapters/otlp/sampled-traces';
import { FileJournal } from './adapters/journal/file-journal';
import { HealthReports } from './adapters/health/health-reports';
import { GrpcLedger } from './adapters/ledger/grpc-ledger';
import { SocketUpstream } from './adapters/upstream/socket-upstream';
import { DataKeyRewraps } from './adapters/vault/data-key-rewraps';
import { openKeyProviders, readVaultKeys } from './adapters/vault/key-providers';
import { ownPathsIn } from './adapters/vault/own-paths';
import { ProvenCredentials } from './adapters/vault/proven-credentials';
import { ReferencedCredentials } from './adapters/vault/referenced-credentials';
import { SealedCredentialFiles } from './adapters/vault/sealed-credential-files';
import { VaultCredentials } from './adapters/vault/vault-credentials';
import { Admission } from './app/admission';
import { GovernedCalls } from './app/governed-call';
import type { CallSettings } from './app/call-parts';
import { Companions, ConfigurationSource, Ledger, TokenCounter } from './app/gateway.ports';
import { IntegrationHealth } from './app/integration-health';
import { Traces } from './app/traces.ports';
import { Traffic } from './app/traffic';
import { HEARD_HEADERS } from './app/upstream-answer';
import { Experiences } from './domain/experience';
import type { GatewayConfig } from './gateway.config';
import { tokenProviders } from './token.providers';
import { GatewayLifecycle } from './gateway-lifecycle';
import { type JournalPlace, journalProviders, type OpenGatewayBus, TLS } from './journal.providers';
import { JournalLifecycle } from './journal-lifecycle';

/** Of a gateway's workers, what each has of its own, and what all have in common. */
export interface GatewayPart extends JournalPlace {
  readonly companions: Companions;
  /** When it takes connections: `soon` is once it can admit requests, or a while after it began all the same. */
  readonly listens: 'at once' | 'soon' | 'ready';
  /** By which a request that comes back is known; its own where it is absent. */
  readonly id?: string;
  readonly tokens: TokenCounter;
}

/** Joins ports to adapters. */
@Module({})
export class GatewayModule {
  /** @param openBus other than the one that the configuration names: for tests. */
  static with(config: GatewayConfig, part: GatewayPart, openBus?: OpenGatewayBus): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [ModelsController, HealthController, PreflightController],
      providers: [
        ...journalProviders(config, part, openBus),
        { provide: TokenCounter, useValue: part.tokens },
        UnknownUrlFilter,
        { provide: Companions, useValue: part.companions },
        ...configurationProviders(config, part),
        ...credentialProviders(config, part),
        ...tokenProviders(config),
        ...referenceProviders(config),
        ...healthProviders(config),
        ...metricsProviders,
        tracesProvider(config),
        ...requestProviders(config),
        ...httpProviders(config, part.id),
        lifecycleProvider(config),
      ],
    };
  }
}

/** What secrets that others keep are read with. */
const SECRET_TRANSPORT = Symbol('secret transport');
/** What is measured, to be scraped. */
export const METRICS = Symbol('metrics');

const configurationProviders = (config: GatewayConfig, { directory, sync }: JournalPlace): Provider[] => [
  {
    provide: ConfigurationStore,
    useFactory: (log: ServiceLog) => new ConfigurationStore(join(directory, 'configuration'), sync, log),
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

const credentialProviders = (config: GatewayConfig, { directory, sync }: JournalPlace): Provider[] => [
  {
    provide: KeyProviders,
    useFactory: () => openKeyProviders(config, sync),
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
        files: new SealedCredentialFiles(join(directory, 'credentials'), sync),
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

const tracesProvider = (config: GatewayConfig): Provider => ({
  provide: Traces,
  useFactory: async (clock: Clock, random: Random, log: ServiceLog): Promise<Traces> => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = config;
    if (endpoint === undefined) return new NoTraces();
    return new SampledTraces(await OtlpSpans.open(endpoint, log), clock, random, share);
  },
  inject: [Clock, Random, ServiceLog],
});

const callSettings = (config: GatewayConfig): CallSettings => ({
  outputDefault: config.GATEHOUSE_OUTPUT_DEFAULT,
  outputFloor: config.GATEHOUSE_OUTPUT_FLOOR,
  answerBytesMax: config.GATEHOUSE_ANSWER_BYTES_MAX,
  requestDeadlineMs: config.GATEHOUSE_REQUEST_DEADLINE_MS,
});

const requestProviders = (config: GatewayConfig): Provider[] => [
  {
    provide: SocketUpstream,
    useFactory: () =>
      new SocketUpstream({
        hosts: new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS),
        connectTimeoutMs: config.GATEHOUSE_CONNECT_TIMEOUT_MS,
        headersTimeoutMs: config.GATEHOUSE_HEADERS_TIMEOUT_MS,
        idleTimeoutMs: config.GATEHOUSE_IDLE_TIMEOUT_MS,
        connectionsMax: config.GATEHOUSE_UPSTREAM_CONNECTIONS_MAX,
        headers: HEARD_HEADERS,
      }),
  },
  {
    provide: GovernedCalls,
    useFactory: (
      ledger: GrpcLedger,
      journal: FileJournal,
      credentials: ProvenCredentials,
      upstream: SocketUpstream,
      clock: Clock,
      health: IntegrationHealth,
      tokens: TokenCounter,
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
      ...[SocketUpstream, Clock, IntegrationHealth, TokenCounter, Traffic],
    ],
  },
  { provide: Ledger, useExisting: GrpcLedger },
];

/** @param id of the gateway. */
const httpProviders = (config: GatewayConfig, id: string | undefined): Provider[] => [
  {
    provide: SurfaceRoutes,
    useFactory: (
      calls: GovernedCalls,
      source: ConfigurationSource,
      exchanges: HttpExchanges,
      settings: HttpSettings,
      crossOrigin: CrossOrigin,
      clock: Clock,
      traces: Traces,
    ) => {
      const heads = new SurfaceHeads(settings, crossOrigin);
      return new SurfaceRoutes({ calls, source, exchanges, heads, settings, clock, traces });
    },
    inject: [GovernedCalls, ConfigurationSource, HttpExchanges, HttpSettings, CrossOrigin, Clock, Traces],
  },
  { provide: CrossOrigin, useFactory: () => new CrossOrigin(config.GATEHOUSE_CORS_ORIGINS) },
  {
    provide: HttpExchanges,
    useFactory: (
      random: Random,
      log: ServiceLog,
      crossOrigin: CrossOrigin,
      traffic: Traffic,
      clock: Clock,
    ) => {
      const requests = new RequestLog(log, clock, config.GATEHOUSE_LOG_ONE_REQUEST_IN);
      return new HttpExchanges(
        random,
        log,
        crossOrigin,
        traffic,
        requests,
        config.GATEHOUSE_REQUEST_DEADLINE_MS,
      );
    },
    inject: [Random, ServiceLog, CrossOrigin, Traffic, Clock],
  },
  {
    provide: HttpSettings,
    useFactory: (random: Random) =>
      new HttpSettings({
        peppers: new Peppers(config.GATEHOUSE_KEY_PEPPER),
        bodyBytesMax: config.GATEHOUSE_BODY_BYTES_MAX,
        bodyDeadlineMs: config.GATEHOUSE_BODY_DEADLINE_MS,
        bodiesBytesMax: config.GATEHOUSE_BODIES_BYTES_MAX,
        gatewayId: id ?? Buffer.from(random.bytes(8)).toString('hex'),
        waitMs: config.GATEHOUSE_WAIT_MS,
        forwardHeaders: config.GATEHOUSE_FORWARD_HEADERS,
      }),
    inject: [Random],
  },
];

const lifecycleProvider = (config: GatewayConfig): Provider => ({
  provide: GatewayLifecycle,
  useFactory: (
    journal: JournalLifecycle,
    store: ConfigurationStore,
    watch: ConfigurationWatch,
    credentials: VaultCredentials,
    rewraps: DataKeyRewraps,
    healthReports: HealthReports,
    upstream: SocketUpstream,
    tokenTransport: UndiciTokenTransport,
    secretTransport: UndiciTokenTransport,
    calls: GovernedCalls,
    exchanges: HttpExchanges,
    traces: Traces,
    clock: Clock,
  ) =>
    new GatewayLifecycle({
      ...{ journal, store, watch, credentials, rewraps, healthReports, upstream, calls, exchanges, traces },
      clock,
      ...{ transports: [tokenTransport, secretTransport], drainMs: config.GATEHOUSE_DRAIN_MS },
    }),
  inject: [
    ...[JournalLifecycle, ConfigurationStore, ConfigurationWatch, VaultCredentials, DataKeyRewraps],
    ...[HealthReports, SocketUpstream, UndiciTokenTransport, SECRET_TRANSPORT],
    ...[GovernedCalls, HttpExchanges, Traces, Clock],
  ],
});
