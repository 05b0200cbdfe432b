import { EventStore } from '@gatehouse/event-store';
import type { ServiceDefinition } from '@gatehouse/grpc';
import { Clock, Ids } from '@gatehouse/kernel';
import { PgPool, PlatformModule, Projections, Random, ServiceLog } from '@gatehouse/platform';
import { registryV1 } from '@gatehouse/proto-gen';
import { CredentialSealer, HpkeCredentialSealer } from '@gatehouse/sealing';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { HmacCredentialFingerprinter } from './adapters/crypto/hmac-credential-fingerprinter';
import { CatalogController } from './adapters/grpc/catalog.controller';
import { IntegrationController } from './adapters/grpc/integration.controller';
import { VaultController } from './adapters/grpc/vault.controller';
import { integrationDirectory } from './adapters/postgres/integration-directory.projection';
import { PostgresCleanupMemory } from './adapters/postgres/postgres-cleanup-memory';
import { PostgresCredentialVault } from './adapters/postgres/postgres-credential-vault';
import { PostgresIntegrationDirectory } from './adapters/postgres/postgres-integration-directory';
import { ListProvidersHandler } from './app/catalog/list-providers.handler';
import { ConnectIntegrationHandler } from './app/integration/connect-integration.handler';
import { DeleteIntegrationHandler } from './app/integration/delete-integration.handler';
import { GetIntegrationHandler } from './app/integration/get-integration.handler';
import { IntegrationCleanup } from './app/integration/integration-cleanup.process';
import { IntegrationRemains } from './app/integration/integration-remains';
import {
  CleanupMemory,
  CredentialFingerprinter,
  CredentialVault,
  IntegrationDirectory,
  ProviderCatalog,
} from './app/integration/integration.ports';
import { ListIntegrationsHandler } from './app/integration/list-integrations.handler';
import { RotateCredentialHandler } from './app/integration/rotate-credential.handler';
import { GetSealedCredentialHandler } from './app/vault/get-sealed-credential.handler';
import { BuiltInCatalog } from './catalog/built-in-catalog';
import type { RegistryConfig } from './registry.config';

/** What the registry serves. */
export const REGISTRY_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.registry.v1.IntegrationService': registryV1.IntegrationServiceService,
  'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService,
  'gatehouse.registry.v1.VaultService': registryV1.VaultServiceService,
};

const HANDLERS = [
  ConnectIntegrationHandler,
  RotateCredentialHandler,
  DeleteIntegrationHandler,
  GetIntegrationHandler,
  ListIntegrationsHandler,
  ListProvidersHandler,
  GetSealedCredentialHandler,
];

@Module({})
export class RegistryModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly cleanup: IntegrationCleanup) {}

  static forConfig(config: RegistryConfig): DynamicModule {
    return {
      module: RegistryModule,
      imports: [
        CqrsModule.forRoot(),
        PlatformModule.forService({
          name: 'registry',
          config,
          projections: [integrationDirectory],
          accessSource: 'bus',
        }),
      ],
      controllers: [IntegrationController, CatalogController, VaultController],
      providers: [...HANDLERS, ...adapters(config), ...cleanupProviders(config)],
    };
  }

  onApplicationBootstrap(): void {
    this.cleanup.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.cleanup.stop();
  }
}

const adapters = (config: RegistryConfig): Provider[] => [
  { provide: ProviderCatalog, useClass: BuiltInCatalog },
  {
    provide: CredentialSealer,
    useFactory: (random: Random) =>
      new HpkeCredentialSealer(config.GATEHOUSE_VAULT_PUBLIC_KEY, (length) => random.bytes(length)),
    inject: [Random],
  },
  {
    provide: CredentialFingerprinter,
    useFactory: () => new HmacCredentialFingerprinter(config.GATEHOUSE_FINGERPRINT_KEY),
  },
  {
    provide: CredentialVault,
    useFactory: (pool: PgPool) => new PostgresCredentialVault(pool),
    inject: [PgPool],
  },
  {
    provide: IntegrationDirectory,
    useFactory: (pool: PgPool, projections: Projections) =>
      new PostgresIntegrationDirectory(pool, projections),
    inject: [PgPool, Projections],
  },
];

const cleanupProviders = ({ GATEHOUSE_CONNECT_GRACE_MS: graceMs }: RegistryConfig): Provider[] => [
  { provide: CleanupMemory, useFactory: (pool: PgPool) => new PostgresCleanupMemory(pool), inject: [PgPool] },
  {
    provide: IntegrationRemains,
    useFactory: (store: EventStore, vault: CredentialVault, ids: Ids) =>
      new IntegrationRemains(store, vault, ids),
    inject: [EventStore, CredentialVault, Ids],
  },
  {
    provide: IntegrationCleanup,
    useFactory: (
      store: EventStore,
      vault: CredentialVault,
      memory: CleanupMemory,
      remains: IntegrationRemains,
      clock: Clock,
      ids: Ids,
      log: ServiceLog,
    ) =>
      new IntegrationCleanup(store, vault, memory, remains, clock, ids, log, {
        graceMs,
        sweepEveryMs: graceMs / 2,
      }),
    inject: [EventStore, CredentialVault, CleanupMemory, IntegrationRemains, Clock, Ids, ServiceLog],
  },
];
