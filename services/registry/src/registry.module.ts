import { Approvals, ApprovalSettings, AsyncLocalConsents, Consents } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { grpcClient, type ServiceDefinition } from '@gatehouse/grpc';
import { HostGuard } from '@gatehouse/hosts';
import { Clock } from '@gatehouse/kernel';
import { openTls, PgPool, PlatformModule, Projections, Random, ServiceLog } from '@gatehouse/platform';
import { gatewayV1, meteringV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { CredentialSealer } from '@gatehouse/sealing';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { HmacCredentialFingerprinter } from './adapters/crypto/hmac-credential-fingerprinter';
import { LoggedCurrentContents } from './adapters/contents/logged-current-contents';
import { IntegrationSealer } from './adapters/crypto/integration-sealer';
import { GrpcKeyCustody } from './adapters/custody/grpc-key-custody';
import { ProtoEventCodecs } from './adapters/events/proto-event-codecs';
import { GrpcEgress } from './adapters/gateway/grpc-egress';
import { CatalogController } from './adapters/grpc/catalog.controller';
import { HealthController } from './adapters/grpc/health.controller';
import { DraftController } from './adapters/grpc/draft.controller';
import { IntegrationController } from './adapters/grpc/integration.controller';
import { ProposalController } from './adapters/grpc/proposal.controller';
import { ProposalsInterceptor } from './adapters/grpc/proposals.interceptor';
import { SecretReferenceController } from './adapters/grpc/secret-reference.controller';
import { VaultController } from './adapters/grpc/vault.controller';
import { GrpcCallCounts } from './adapters/metering/grpc-call-counts';
import { dependentsProjection } from './adapters/postgres/dependents.projection';
import { integrationDirectory } from './adapters/postgres/integration-directory.projection';
import { PostgresCleanupMemory } from './adapters/postgres/postgres-cleanup-memory';
import { PostgresContents } from './adapters/postgres/postgres-contents';
import { PostgresCredentialVault } from './adapters/postgres/postgres-credential-vault';
import { PostgresIntegrationKeys } from './adapters/postgres/postgres-integration-keys';
import { PostgresHealths } from './adapters/postgres/postgres-healths';
import { PostgresDrafts } from './adapters/postgres/postgres-drafts';
import { PostgresIntegrationDirectory } from './adapters/postgres/postgres-integration-directory';
import { PostgresConnectOutcomes } from './adapters/postgres/postgres-connect-outcomes';
import { PostgresApprovalSettings } from './adapters/postgres/postgres-approval-settings';
import { PostgresEndedProposals } from './adapters/postgres/postgres-ended-proposals';
import { PostgresWorkspaceDirectory } from './adapters/postgres/postgres-workspace-directory';
import { PostgresProvisionDirectory } from './adapters/postgres/postgres-provision-directory';
import { PostgresSecretReferenceDirectory } from './adapters/postgres/postgres-secret-reference-directory';
import { secretReferencesProjection } from './adapters/postgres/secret-references.projection';
import { GrpcProposalDesk } from './adapters/provisioning/grpc-proposal-desk';
import { readPriceSource } from './adapters/prices/price-source-reader';
import { EndedProposals, ProposalDesk } from './app/approval/approval.ports';
import { CarryOutProposalHandler } from './app/approval/carry-out-proposal.handler';
import { ProposeChangeHandler } from './app/approval/propose-change.handler';
import { UnapprovedCredentials } from './app/approval/unapproved-credentials';
import { GetProviderHandler } from './app/catalog/get-provider.handler';
import { ListModelsHandler } from './app/catalog/list-models.handler';
import { ListedModels } from './app/publication/listed-models';
import { ListPricesHandler } from './app/catalog/list-prices.handler';
import { PriceModelsHandler } from './app/catalog/price-models.handler';
import { ListProvidersHandler } from './app/catalog/list-providers.handler';
import { ConnectionTargets } from './app/connection/connection-targets';
import { Egress } from './app/connection/egress.ports';
import { ListLiveModelsHandler } from './app/connection/list-live-models.handler';
import { TestConnectionHandler } from './app/connection/test-connection.handler';
import { Healths } from './app/health/health.ports';
import { ReportHealthHandler } from './app/health/report-health.handler';
import { CreateDraftHandler } from './app/draft/create-draft.handler';
import { DeleteDraftHandler } from './app/draft/delete-draft.handler';
import { Drafts } from './app/draft/draft.ports';
import { DraftEndings } from './app/draft/draft-endings';
import { OpenDrafts } from './app/draft/open-drafts';
import { EventCodecs } from './app/event-codecs.ports';
import { ChangeIntegrationHandler } from './app/integration/change-integration.handler';
import { ChangeModelAccessHandler } from './app/integration/change-model-access.handler';
import { DefineCustomModelHandler } from './app/integration/define-custom-model.handler';
import { ConnectIntegrationHandler } from './app/integration/connect-integration.handler';
import { ConnectCompletion } from './app/integration/connect-completion.process';
import { KnownWorkspaces } from './app/integration/known-workspaces';
import { CredentialKeeping } from './app/integration/credential-keeping';
import { DeleteIntegrationHandler } from './app/integration/delete-integration.handler';
import { GetIntegrationDependentsHandler } from './app/integration/get-integration-dependents.handler';
import { GetIntegrationHandler } from './app/integration/get-integration.handler';
import { IntegrationCleanup } from './app/integration/integration-cleanup.process';
import { IntegrationDependents } from './app/integration/integration-dependents';
import { IntegrationRemains } from './app/integration/integration-remains';
import {
  CallCounts,
  CleanupMemory,
  ConnectOutcomes,
  CredentialFingerprinter,
  CredentialVault,
  IntegrationDirectory,
  ProviderCatalog,
  ProvisionDirectory,
  WorkspaceDirectory,
} from './app/integration/integration.ports';
import { IntegrationStreams } from './app/integration/integration-streams';
import { ListIntegrationModelsHandler } from './app/integration/list-integration-models.handler';
import { ListIntegrationSurroundingsHandler } from './app/integration/list-integration-surroundings.handler';
import { ListIntegrationsHandler } from './app/integration/list-integrations.handler';
import { ReconfigureIntegrationHandler } from './app/integration/reconfigure-integration.handler';
import { RotateCredentialHandler } from './app/integration/rotate-credential.handler';
import { GetPublishedContentHandler } from './app/publication/get-published-content.handler';
import { PublicationProcess } from './app/publication/publication.process';
import { CatalogStream, PriceBookStream } from './app/publication/publication-streams';
import {
  CatalogComposer,
  Contents,
  CurrentContents,
  PriceBookComposer,
} from './app/publication/publication.ports';
import { DefinedReferences } from './app/secret-reference/defined-references';
import { GetSecretReferenceHandler } from './app/secret-reference/get-secret-reference.handler';
import { ListSecretReferencesHandler } from './app/secret-reference/list-secret-references.handler';
import { RemoveSecretReferenceHandler } from './app/secret-reference/remove-secret-reference.handler';
import { SecretReferenceDirectory } from './app/secret-reference/secret-reference.ports';
import { SecretReferenceStreams } from './app/secret-reference/secret-reference-streams';
import { WriteSecretReferenceHandler } from './app/secret-reference/write-secret-reference.handler';
import { SlugStreams } from './app/slug/slug-streams';
import { CurrentCredentials } from './app/vault/current-credentials';
import { GetSealedCredentialHandler } from './app/vault/get-sealed-credential.handler';
import { IntegrationKeyring } from './app/vault/integration-keyring';
import { IntegrationKeys, KeyCustody } from './app/vault/integration-keys.ports';
import { KeyDestruction } from './app/vault/key-destruction';
import { ListOutdatedWrapsHandler } from './app/vault/list-outdated-wraps.handler';
import { RewrapDataKeyHandler } from './app/vault/rewrap-data-key.handler';
import { BuiltInCatalog } from './catalog/built-in-catalog';
import { BuiltInCatalogComposer, BuiltInPriceBookComposer } from './catalog/built-in-composers';
import { RefreshedPriceBookComposer } from './catalog/refreshed-price-book-composer';
import type { RegistryConfig } from './registry.config';

/** What the registry serves. */
export const REGISTRY_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.registry.v1.IntegrationService': registryV1.IntegrationServiceService,
  'gatehouse.registry.v1.CatalogService': registryV1.CatalogServiceService,
  'gatehouse.registry.v1.SecretReferenceService': registryV1.SecretReferenceServiceService,
  'gatehouse.registry.v1.VaultService': registryV1.VaultServiceService,
  'gatehouse.registry.v1.HealthService': registryV1.HealthServiceService,
  'gatehouse.registry.v1.DraftService': registryV1.DraftServiceService,
  'gatehouse.registry.v1.ProposalService': registryV1.ProposalServiceService,
};

const HANDLERS = [
  ConnectIntegrationHandler,
  ChangeIntegrationHandler,
  ChangeModelAccessHandler,
  DefineCustomModelHandler,
  RotateCredentialHandler,
  ReconfigureIntegrationHandler,
  DeleteIntegrationHandler,
  GetIntegrationHandler,
  GetIntegrationDependentsHandler,
  ListIntegrationSurroundingsHandler,
  ListIntegrationsHandler,
  ListIntegrationModelsHandler,
  GetProviderHandler,
  ListModelsHandler,
  ListProvidersHandler,
  GetSealedCredentialHandler,
  ListOutdatedWrapsHandler,
  RewrapDataKeyHandler,
  GetPublishedContentHandler,
  ListPricesHandler,
  PriceModelsHandler,
  WriteSecretReferenceHandler,
  RemoveSecretReferenceHandler,
  GetSecretReferenceHandler,
  ListSecretReferencesHandler,
  TestConnectionHandler,
  ListLiveModelsHandler,
  CreateDraftHandler,
  DeleteDraftHandler,
  ReportHealthHandler,
  ProposeChangeHandler,
  CarryOutProposalHandler,
];

@Module({})
export class RegistryModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly cleanup: IntegrationCleanup,
    private readonly publication: PublicationProcess,
    private readonly drafts: DraftEndings,
  ) {}

  static forConfig(config: RegistryConfig): DynamicModule {
    return {
      module: RegistryModule,
      imports: [
        CqrsModule.forRoot(),
        PlatformModule.forService({
          name: 'registry',
          config,
          projections: [integrationDirectory, dependentsProjection, secretReferencesProjection],
          accessSource: 'bus',
          proposals: ProposalsInterceptor,
        }),
      ],
      controllers: [
        IntegrationController,
        CatalogController,
        SecretReferenceController,
        VaultController,
        DraftController,
        HealthController,
        ProposalController,
      ],
      providers: [
        ...HANDLERS,
        IntegrationStreams,
        CurrentCredentials,
        ConnectionTargets,
        { provide: Healths, useFactory: (pool: PgPool) => new PostgresHealths(pool), inject: [PgPool] },
        OpenDrafts,
        DraftEndings,
        { provide: Drafts, useFactory: (pool: PgPool) => new PostgresDrafts(pool), inject: [PgPool] },
        CredentialKeeping,
        KnownWorkspaces,
        ConnectCompletion,
        ...approvalProviders(config),
        { provide: WorkspaceDirectory, useClass: PostgresWorkspaceDirectory },
        { provide: ConnectOutcomes, useClass: PostgresConnectOutcomes },
        SlugStreams,
        SecretReferenceStreams,
        DefinedReferences,
        IntegrationDependents,
        ...adapters(config),
        ...keyProviders(config),
        ...dependentsProviders(config),
        egressProvider(config),
        ...cleanupProviders(config),
        ...publicationProviders(config),
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.publication.start();
    this.cleanup.start();
    this.drafts.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.cleanup.stop(), this.publication.stop(), this.drafts.stop()]);
  }
}

const adapters = (config: RegistryConfig): Provider[] => [
  { provide: EventCodecs, useClass: ProtoEventCodecs },
  { provide: ProviderCatalog, useClass: BuiltInCatalog },
  { provide: SecretReferenceDirectory, useClass: PostgresSecretReferenceDirectory },
  { provide: HostGuard, useFactory: () => new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS) },
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

const approvalProviders = (config: RegistryConfig): Provider[] => [
  { provide: Consents, useClass: AsyncLocalConsents },
  { provide: ApprovalSettings, useClass: PostgresApprovalSettings },
  {
    provide: Approvals,
    useFactory: (settings: ApprovalSettings, clock: Clock, consents: Consents) =>
      new Approvals(settings, clock, consents),
    inject: [ApprovalSettings, Clock, Consents],
  },
  { provide: EndedProposals, useClass: PostgresEndedProposals },
  UnapprovedCredentials,
  {
    provide: ProposalDesk,
    useFactory: (log: ServiceLog) =>
      new GrpcProposalDesk(
        grpcClient(provisioningV1.ProposalServiceClient, {
          address: config.GATEHOUSE_PROVISIONING_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
        }),
      ),
    inject: [ServiceLog],
  },
];

const egressProvider = (config: RegistryConfig): Provider => ({
  provide: Egress,
  useFactory: (log: ServiceLog) =>
    new GrpcEgress(
      grpcClient(gatewayV1.EgressServiceClient, {
        address: config.GATEHOUSE_GATEWAY_ADDRESS,
        serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
        tls: openTls(config, log),
      }),
      log,
    ),
  inject: [ServiceLog],
});

const keyProviders = (config: RegistryConfig): Provider[] => [
  {
    provide: IntegrationKeys,
    useFactory: (pool: PgPool) => new PostgresIntegrationKeys(pool),
    inject: [PgPool],
  },
  {
    provide: KeyCustody,
    useFactory: (log: ServiceLog) =>
      new GrpcKeyCustody(
        grpcClient(gatewayV1.KeyCustodyServiceClient, {
          address: config.GATEHOUSE_GATEWAY_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
        }),
      ),
    inject: [ServiceLog],
  },
  {
    provide: IntegrationKeyring,
    useFactory: (keys: IntegrationKeys, custody: KeyCustody, clock: Clock) =>
      new IntegrationKeyring(keys, custody, clock, config.GATEHOUSE_VAULT_KEY_EPOCH),
    inject: [IntegrationKeys, KeyCustody, Clock],
  },
  {
    provide: CredentialSealer,
    useFactory: (keyring: IntegrationKeyring, random: Random) =>
      new IntegrationSealer(keyring, (length) => random.bytes(length)),
    inject: [IntegrationKeyring, Random],
  },
  {
    provide: KeyDestruction,
    useFactory: (
      keys: IntegrationKeys,
      custody: KeyCustody,
      integrations: IntegrationStreams,
      clock: Clock,
      log: ServiceLog,
    ) => new KeyDestruction(keys, custody, integrations, clock, log),
    inject: [IntegrationKeys, KeyCustody, IntegrationStreams, Clock, ServiceLog],
  },
];

const dependentsProviders = (config: RegistryConfig): Provider[] => [
  { provide: ProvisionDirectory, useClass: PostgresProvisionDirectory },
  {
    provide: CallCounts,
    useFactory: (log: ServiceLog) =>
      new GrpcCallCounts(
        grpcClient(meteringV1.UsageServiceClient, {
          address: config.GATEHOUSE_METERING_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
          deadlineMs: 2_000,
        }),
        log,
      ),
    inject: [ServiceLog],
  },
];

/** An admin who deletes an integration waits for it to be told that its key is destroyed. */
const SWEEP_EVERY_MS = 1_000;

const cleanupProviders = ({ GATEHOUSE_CONNECT_GRACE_MS: graceMs }: RegistryConfig): Provider[] => [
  { provide: CleanupMemory, useFactory: (pool: PgPool) => new PostgresCleanupMemory(pool), inject: [PgPool] },
  {
    provide: IntegrationRemains,
    useFactory: (slugs: SlugStreams, vault: CredentialVault, keys: IntegrationKeys, clock: Clock) =>
      new IntegrationRemains(slugs, vault, keys, clock),
    inject: [SlugStreams, CredentialVault, IntegrationKeys, Clock],
  },
  {
    provide: IntegrationCleanup,
    useFactory: (
      store: EventStore,
      integrations: IntegrationStreams,
      slugs: SlugStreams,
      vault: CredentialVault,
      memory: CleanupMemory,
      remains: IntegrationRemains,
      keys: IntegrationKeys,
      keyDestruction: KeyDestruction,
      unapproved: UnapprovedCredentials,
      clock: Clock,
      log: ServiceLog,
    ) =>
      new IntegrationCleanup(
        ...([store, integrations, slugs, vault, memory, remains] as const),
        ...([keys, keyDestruction, unapproved, clock, log] as const),
        { graceMs, sweepEveryMs: Math.min(graceMs / 2, SWEEP_EVERY_MS) },
      ),
    inject: [
      EventStore,
      IntegrationStreams,
      SlugStreams,
      CredentialVault,
      CleanupMemory,
      IntegrationRemains,
      IntegrationKeys,
      KeyDestruction,
      UnapprovedCredentials,
      Clock,
      ServiceLog,
    ],
  },
];

const publicationProviders = (config: RegistryConfig): Provider[] => [
  ListedModels,
  CatalogStream,
  PriceBookStream,
  { provide: Contents, useClass: PostgresContents },
  { provide: CurrentContents, useClass: LoggedCurrentContents },
  { provide: CatalogComposer, useClass: BuiltInCatalogComposer },
  {
    provide: PriceBookComposer,
    useFactory: (hosts: HostGuard) => priceBookComposer(config, hosts),
    inject: [HostGuard],
  },
  {
    provide: PublicationProcess,
    useFactory: (
      ...parts: [
        CatalogStream,
        PriceBookStream,
        CatalogComposer,
        PriceBookComposer,
        Contents,
        Clock,
        ServiceLog,
      ]
    ) => new PublicationProcess(...parts, config.GATEHOUSE_PRICE_REFRESH_MS),
    inject: [CatalogStream, PriceBookStream, CatalogComposer, PriceBookComposer, Contents, Clock, ServiceLog],
  },
];

const priceBookComposer = (
  { GATEHOUSE_PRICE_SOURCE: source, GATEHOUSE_PRICE_JUMP_MAX: jumpMax }: RegistryConfig,
  hosts: HostGuard,
): PriceBookComposer =>
  source === undefined
    ? new BuiltInPriceBookComposer()
    : new RefreshedPriceBookComposer({
        read: () => readPriceSource(source, hosts),
        label: 'refreshed',
        jumpMax: BigInt(jumpMax),
      });
