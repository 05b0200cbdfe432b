import {
  API_KEY_SOURCES,
  apiKeyDirectory,
  apiKeySchema,
  ApiKeyUses,
  type IdTokens,
  NotedApiKeyUses,
  Peppers,
  PostgresApiKeys,
  PostgresApiKeyUses,
  TokenAuthenticator,
} from '@gatehouse/access';
import { BusConsumer, BusProducer } from '@gatehouse/bus';
import { EventStore } from '@gatehouse/event-store';
import { AppErrorFilter, Authenticator, AuthGuard, CommandDigest, ErrorLog } from '@gatehouse/grpc';
import { Clock, Ids, SystemClock } from '@gatehouse/kernel';
import { createPool } from '@gatehouse/postgres';
import type { Projection } from '@gatehouse/projections';
import type { ServiceName } from '@gatehouse/topology';
import {
  type DynamicModule,
  Global,
  Module,
  type NestInterceptor,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CommandRequests } from './command-requests';
import { CommandRequestsInterceptor } from './command-requests.interceptor';
import { type BusConfig, openBus, openEventStore } from './engines';
import { KeyUseController } from './key-use.controller';
import { PgPool } from './pg-pool';
import { ProjectionController } from './projection.controller';
import { Projections } from './projections';
import { Random, SystemRandom } from './random';
import { PinoServiceLog, ServiceLog } from './service-log';
import { relaySpecOf, ServiceRuntime } from './service-runtime';
import type { TlsConfig } from './tls';

export interface PlatformConfig extends TlsConfig, BusConfig {
  readonly GATEHOUSE_LOG_LEVEL: string;
  readonly GATEHOUSE_DATABASE_URL: string;
  readonly GATEHOUSE_STORE: string;
  /** The newest first, at least one. */
  readonly GATEHOUSE_KEY_PEPPER: readonly Uint8Array[];
  /** Absent over TLS. */
  readonly GATEHOUSE_SERVICE_TOKEN_HASHES?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Of the services that take commands. */
  readonly GATEHOUSE_INSTALLATION_SECRET?: Uint8Array;
}

export interface PlatformOptions {
  readonly name: ServiceName;
  readonly config: PlatformConfig;
  readonly projections: readonly Projection[];
  /** Where `apikey-` events come from: the service's own log, or the bus. */
  readonly accessSource: keyof typeof API_KEY_SOURCES;
  /** Where people sign in by an identity provider. */
  readonly idTokens?: IdTokens | undefined;
  /** Makes proposals of commands; within the claim of their request ids, which are kept by what became a proposal. */
  readonly proposals?: Type<NestInterceptor>;
}

/** Connections of a service's pool; relay and bus consumers hold one each beside it. */
const POOL_MAX = 10;

/**
 * What every gRPC service stands on: its pool, the event store and the bus that the configuration names, its running
 * projections and relay, and the check of every caller.
 */
@Global()
@Module({})
export class PlatformModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly runtime: ServiceRuntime) {}

  static forService(options: PlatformOptions): DynamicModule {
    const providers = [...engineProviders(options), ...accessProviders(options), ...idProviders(options)];
    return {
      module: PlatformModule,
      controllers: [ProjectionController, KeyUseController],
      providers: [
        ...providers,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useFactory: (log: ErrorLog) => new AppErrorFilter(log), inject: [ErrorLog] },
        ...commandProviders(options),
      ],
      exports: providers,
    };
  }

  onModuleInit(): Promise<void> {
    return this.runtime.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.runtime.stop();
  }
}

const BUS = Symbol('bus');

const engineProviders = ({ name, config, projections, accessSource }: PlatformOptions): Provider[] => [
  { provide: ServiceLog, useFactory: () => new PinoServiceLog(name, config.GATEHOUSE_LOG_LEVEL) },
  { provide: ErrorLog, useExisting: ServiceLog },
  { provide: Clock, useClass: SystemClock },
  { provide: Random, useClass: SystemRandom },
  {
    provide: PgPool,
    useFactory: (log: ServiceLog) =>
      new PgPool(createPool(config.GATEHOUSE_DATABASE_URL, { name, max: POOL_MAX, log })),
    inject: [ServiceLog],
  },
  {
    provide: EventStore,
    useFactory: ({ pool }: PgPool) => openEventStore({ setting: config.GATEHOUSE_STORE, pool }),
    inject: [PgPool],
  },
  {
    provide: BUS,
    useFactory: ({ pool }: PgPool, log: ServiceLog) => openBus({ name, config, pool, log }),
    inject: [PgPool, ServiceLog],
  },
  { provide: BusProducer, useFactory: (bus: { producer: BusProducer }) => bus.producer, inject: [BUS] },
  { provide: BusConsumer, useFactory: (bus: { consumer: BusConsumer }) => bus.consumer, inject: [BUS] },
  {
    provide: ServiceRuntime,
    useFactory: (
      { pool }: PgPool,
      store: EventStore,
      producer: BusProducer,
      consumer: BusConsumer,
      log: ServiceLog,
      uses: PostgresApiKeyUses,
      commands: CommandRequests | undefined,
    ) =>
      new ServiceRuntime(
        { schema: name, pool, store, producer, consumer, log },
        [apiKeyDirectory(name, API_KEY_SOURCES[accessSource]), ...projections],
        relaySpecOf(name),
        [() => uses.ensureTables(), ...(commands ? [() => commands.ensureTable()] : [])],
      ),
    inject: [
      PgPool,
      EventStore,
      BusProducer,
      BusConsumer,
      ServiceLog,
      PostgresApiKeyUses,
      { token: CommandRequests, optional: true },
    ],
  },
  {
    provide: Projections,
    useFactory: (runtime: ServiceRuntime) => new Projections(runtime.projectors, runtime.changes),
    inject: [ServiceRuntime],
  },
];

const accessProviders = ({ name, config, idTokens }: PlatformOptions): Provider[] => [
  {
    provide: PostgresApiKeyUses,
    useFactory: ({ pool }: PgPool) => new PostgresApiKeyUses(pool, name),
    inject: [PgPool],
  },
  { provide: ApiKeyUses, useExisting: PostgresApiKeyUses },
  {
    provide: Authenticator,
    useFactory: (pool: PgPool, clock: Clock, uses: ApiKeyUses, log: ServiceLog) =>
      new TokenAuthenticator(new PostgresApiKeys(pool.pool, apiKeySchema(name), clock), {
        peppers: new Peppers(config.GATEHOUSE_KEY_PEPPER),
        tokenPeppers: config.GATEHOUSE_KEY_PEPPER,
        uses: new NotedApiKeyUses(uses, clock, (err) => log.warn({ err }, 'the use of a key was not kept')),
        tokenHashes: config.GATEHOUSE_SERVICE_TOKEN_HASHES ?? new Map(),
        overTls: config.GATEHOUSE_TLS_CERT_FILE !== undefined,
        idTokens,
      }),
    inject: [PgPool, Clock, ApiKeyUses, ServiceLog],
  },
];

const commandProviders = ({ name, config, proposals }: PlatformOptions): Provider[] => {
  const { GATEHOUSE_INSTALLATION_SECRET: secret } = config;
  if (secret === undefined) return [];
  return [
    {
      provide: CommandRequests,
      useFactory: (pool: PgPool) => new CommandRequests(pool, name),
      inject: [PgPool],
    },
    {
      provide: APP_INTERCEPTOR,
      useFactory: (requests: CommandRequests, log: ServiceLog) =>
        new CommandRequestsInterceptor(requests, new CommandDigest(secret), log),
      inject: [CommandRequests, ServiceLog],
    },
    ...(proposals ? [{ provide: APP_INTERCEPTOR, useClass: proposals }] : []),
  ];
};

const idProviders = ({ config }: PlatformOptions): Provider[] => {
  const { GATEHOUSE_INSTALLATION_SECRET: secret } = config;
  return secret === undefined ? [] : [{ provide: Ids, useFactory: () => new Ids(secret) }];
};
