import { ApiKeyUses, CheckedTokens, INVITE_TOKEN, Peppers } from '@gatehouse/access';
import { Approvals, ApprovalSettings, AsyncLocalConsents, Consents } from '@gatehouse/approval';
import { grpcClient } from '@gatehouse/grpc';
import { guardedFetch, HostGuard } from '@gatehouse/hosts';
import { Clock, organizationId, SystemClock } from '@gatehouse/kernel';
import { openTls, PlatformModule, Random, ServiceLog } from '@gatehouse/platform';
import { meteringV1, operationsV1, registryV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProtoEventCodecs } from './adapters/events/proto-event-codecs';
import { ApiKeyController } from './adapters/grpc/api-key.controller';
import { ApprovalController } from './adapters/grpc/approval.controller';
import { AutoProvisionController } from './adapters/grpc/auto-provision.controller';
import { BulkProvisionController } from './adapters/grpc/bulk-provision.controller';
import { GatewayConfigController } from './adapters/grpc/gateway-config.controller';
import { AccessController } from './adapters/grpc/access.controller';
import { LimitController } from './adapters/grpc/limit.controller';
import { MemberController } from './adapters/grpc/member.controller';
import { OrganizationController } from './adapters/grpc/organization.controller';
import { PreviewController } from './adapters/grpc/preview.controller';
import { ProposableCommands } from './adapters/grpc/proposable-commands';
import { ProposalController } from './adapters/grpc/proposal.controller';
import { ProposalsInterceptor } from './adapters/grpc/proposals.interceptor';
import { ProvisionController } from './adapters/grpc/provision.controller';
import { SessionController } from './adapters/grpc/session.controller';
import { WorkspaceController } from './adapters/grpc/workspace.controller';
import { HmacEmailFingerprints } from './adapters/keys/hmac-email-fingerprints';
import { PepperedApiKeyMint } from './adapters/keys/peppered-api-key-mint';
import { PepperedInviteMint } from './adapters/keys/peppered-invite-mint';
import { PepperedSessionMint } from './adapters/keys/peppered-session-mint';
import { JoseIdTokens } from './adapters/oidc/jose-id-tokens';
import { ConfigPublisher } from './adapters/postgres/config-publisher';
import { directoryProjection } from './adapters/postgres/directory.projection';
import { gatewayConfigProjection } from './adapters/postgres/gateway-config.projection';
import { integrationsProjection } from './adapters/postgres/integrations.projection';
import { PostgresAutoProvisions } from './adapters/postgres/postgres-auto-provisions';
import { PostgresBulkProvisions } from './adapters/postgres/postgres-bulk-provisions';
import { PostgresCallers } from './adapters/postgres/postgres-callers';
import { PostgresChangedScopes } from './adapters/postgres/postgres-changed-scopes';
import { PostgresConfigLog } from './adapters/postgres/postgres-config-log';
import { PostgresConnections } from './adapters/postgres/postgres-connections';
import { PostgresDirectory } from './adapters/postgres/postgres-directory';
import { PostgresIntegrations } from './adapters/postgres/postgres-integrations';
import { PostgresPeople } from './adapters/postgres/postgres-people';
import { PostgresProposals } from './adapters/postgres/postgres-proposals';
import { PostgresRosterDirectory } from './adapters/postgres/postgres-roster-directory';
import { PostgresSessionUses } from './adapters/postgres/postgres-session-uses';
import { proposalsProjection } from './adapters/postgres/proposals.projection';
import { publicationsProjection } from './adapters/postgres/publications.projection';
import { rolloutsProjection } from './adapters/postgres/rollouts.projection';
import { rosterProjection } from './adapters/postgres/roster.projection';
import { SharedConfigComposer } from './adapters/postgres/shared-config-composer';
import { GrpcPublishedContents } from './adapters/registry/grpc-published-contents';
import { GrpcRegistryCommands } from './adapters/registry/grpc-registry-commands';
import { GrpcKeyUses } from './adapters/services/grpc-key-uses';
import { ApiKeyMint, KeyUses } from './app/api-key/api-key.ports';
import { ApiKeyStreams } from './app/api-key/api-key-streams';
import { ChangeApiKeyHandler } from './app/api-key/change-api-key.handler';
import { IssueApiKeyHandler } from './app/api-key/issue-api-key.handler';
import { GetApiKeyHandler } from './app/api-key/get-api-key.handler';
import { ListApiKeysHandler } from './app/api-key/list-api-keys.handler';
import { RotateApiKeyHandler } from './app/api-key/rotate-api-key.handler';
import { GrpcMeteringCommands, NoMeteringCommands } from './adapters/metering/grpc-metering-commands';
import { GrpcUsageReplays, UnknownUsageReplays } from './adapters/metering/grpc-usage-replays';
import { GrpcLimitStandings, UnknownLimitStandings } from './adapters/metering/grpc-limit-standings';
import { PostgresToldProviders } from './adapters/postgres/postgres-told-providers';
import { ToldModels } from './adapters/postgres/told-models';
import { LimitStandings, ToldProviders } from './app/access/access.ports';
import { ApplyingLimits } from './app/access/applying-limits';
import { ExplainAccessHandler } from './app/access/explain-access.handler';
import { ListAiProvidersHandler } from './app/access/list-ai-providers.handler';
import { ListAvailableModelsHandler } from './app/access/list-available-models.handler';
import { AutoProvisions } from './app/auto-provision/auto-provision.ports';
import { AutoProvisionProcess } from './app/auto-provision/auto-provision.process';
import { AutoProvisionStreams } from './app/auto-provision/auto-provision-streams';
import { AwaitedProvisionMaker } from './app/auto-provision/awaited-provision-maker';
import { GetAutoProvisionHandler } from './app/auto-provision/get-auto-provision.handler';
import { ListAutoProvisionsHandler } from './app/auto-provision/list-auto-provisions.handler';
import { NewWorkspaceProvisions } from './app/auto-provision/new-workspace-provisions';
import { SetAutoProvisionHandler } from './app/auto-provision/set-auto-provision.handler';
import { TurnOffAutoProvisionHandler } from './app/auto-provision/turn-off-auto-provision.handler';
import { BulkProvisionHandler } from './app/bulk-provision/bulk-provision.handler';
import { BulkProvisions } from './app/bulk-provision/bulk-provision.ports';
import { BulkProvisionProcess } from './app/bulk-provision/bulk-provision.process';
import { BulkProvisionStreams } from './app/bulk-provision/bulk-provision-streams';
import { BulkTurnTaker } from './app/bulk-provision/bulk-turn-taker';
import { GetBulkProvisionHandler } from './app/bulk-provision/get-bulk-provision.handler';
import { PolicyBulkStarter } from './app/bulk-provision/policy-bulk-starter';
import { Connections } from './app/connection/connection.ports';
import { ConnectionProcess } from './app/connection/connection.process';
import { ConnectionStreams } from './app/connection/connection-streams';
import { Directory } from './app/directory.ports';
import { EventCodecs } from './app/event-codecs.ports';
import { ConfigLog, PublishedContents } from './app/gateway-config/gateway-config.ports';
import { ChangeLimitsHandler } from './app/limit/change-limits.handler';
import { GetLimitsHandler } from './app/limit/get-limits.handler';
import { IntegrationLimitsStreams } from './app/limit/integration-limits-streams';
import { ChangeApprovalHandler } from './app/organization/change-approval.handler';
import { CreateOrganizationHandler } from './app/organization/create-organization.handler';
import { GetApprovalHandler } from './app/organization/get-approval.handler';
import { GetOrganizationHandler } from './app/organization/get-organization.handler';
import { OrganizationStreams } from './app/organization/organization-streams';
import { RecordedApprovalSettings } from './app/organization/recorded-approval-settings';
import { Callers, ChangedScopes, UsageReplays } from './app/preview/preview.ports';
import { PreviewCommandHandler } from './app/preview/preview-command.handler';
import { PreviewIntegrationChangeHandler } from './app/preview/preview-integration-change.handler';
import { PreviewIntegrationModelsHandler } from './app/preview/preview-integration-models.handler';
import { ApproveProposalHandler } from './app/proposal/approve-proposal.handler';
import { CarryOutAtRegistryHandler } from './app/proposal/carry-out-at-registry.handler';
import { CarryOutAtMeteringHandler } from './app/proposal/carry-out-at-metering.handler';
import { GetProposalHandler } from './app/proposal/get-proposal.handler';
import { ListProposalsHandler } from './app/proposal/list-proposals.handler';
import { PeopleBehind } from './app/proposal/people-behind';
import { ProposalAnswers } from './app/proposal/proposal-answers';
import { ProposalCarrier } from './app/proposal/proposal-carrier';
import { ProposalProcess } from './app/proposal/proposal.process';
import {
  MeteringCommands,
  Proposals,
  ProposedCommands,
  RegistryCommands,
} from './app/proposal/proposal.ports';
import { ProposalStreams } from './app/proposal/proposal-streams';
import { ProposeChangeHandler } from './app/proposal/propose-change.handler';
import { RejectProposalHandler } from './app/proposal/reject-proposal.handler';
import { AllowModelsHandler } from './app/provision/allow-models.handler';
import { ChangeProvisionHandler } from './app/provision/change-provision.handler';
import { GetProvisionHandler } from './app/provision/get-provision.handler';
import { Integrations } from './app/provision/provision.ports';
import { ListProvisionsHandler } from './app/provision/list-provisions.handler';
import { ProvisionChanges } from './app/provision/provision-changes';
import { ProvisionIntegrationHandler } from './app/provision/provision-integration.handler';
import { ProvisionMaker } from './app/provision/provision-maker';
import { ProvisionNameStreams } from './app/provision/provision-name-streams';
import { ProvisionNaming } from './app/provision/provision-naming';
import { ProvisionViews } from './app/provision/provision-views';
import { RenameProvisionHandler } from './app/provision/rename-provision.handler';
import { ProvisionStreams } from './app/provision/provision-streams';
import { AcceptInviteHandler } from './app/roster/accept-invite.handler';
import { CancelInviteHandler } from './app/roster/cancel-invite.handler';
import { ChangeMemberRolesHandler } from './app/roster/change-member-roles.handler';
import { GetInviteHandler } from './app/roster/get-invite.handler';
import { GetMemberHandler } from './app/roster/get-member.handler';
import { InviteMemberHandler } from './app/roster/invite-member.handler';
import { ListInvitesHandler } from './app/roster/list-invites.handler';
import { ListMembersHandler } from './app/roster/list-members.handler';
import { KeyHolders } from './app/roster/key-holders';
import { MemberEnder } from './app/roster/member-ender';
import { MemberEndings } from './app/roster/member-endings';
import { RemoveMemberHandler } from './app/roster/remove-member.handler';
import { ResendInviteHandler } from './app/roster/resend-invite.handler';
import { RosterAnswers } from './app/roster/roster-answers';
import { RosterStreams } from './app/roster/roster-streams';
import { EmailFingerprints, InviteMint, People, RosterDirectory } from './app/roster/roster.ports';
import { CreateSessionHandler } from './app/session/create-session.handler';
import { CreateSignInLinkHandler } from './app/session/create-sign-in-link.handler';
import { EndSessionsHandler } from './app/session/end-sessions.handler';
import { GetSessionHandler } from './app/session/get-session.handler';
import { IdleSessionEnder } from './app/session/idle-session-ender';
import { ListSessionsHandler } from './app/session/list-sessions.handler';
import { SessionLifetimes, SessionMint, SessionUses } from './app/session/session.ports';
import { SessionStreams } from './app/session/session-streams';
import { SigningKeys } from './app/session/signing-keys';
import { SignInPersonHandler } from './app/session/sign-in-person.handler';
import { TendedKeys } from './app/session/tended-keys';
import { SetWorkspacesConnectingHandler } from './app/organization/set-workspaces-connecting.handler';
import { ArchiveWorkspaceHandler } from './app/workspace/archive-workspace.handler';
import { ChangeWorkspaceLimitsHandler } from './app/workspace/change-workspace-limits.handler';
import { CreateWorkspaceHandler } from './app/workspace/create-workspace.handler';
import { GetWorkspaceHandler } from './app/workspace/get-workspace.handler';
import { ListWorkspacesHandler } from './app/workspace/list-workspaces.handler';
import { RenameWorkspaceHandler } from './app/workspace/rename-workspace.handler';
import { SetWorkspaceConnectingHandler } from './app/workspace/set-workspace-connecting.handler';
import { UpdateWorkspaceHandler } from './app/workspace/update-workspace.handler';
import { WorkspaceChanges } from './app/workspace/workspace-changes';
import { WorkspaceFinisher } from './app/workspace/workspace-finisher';
import { WorkspaceNames } from './app/workspace/workspace-names';
import { WorkspaceNameStreams } from './app/workspace/workspace-name-streams';
import { WorkspaceSlugStreams } from './app/workspace/workspace-slug-streams';
import { WorkspaceStreams } from './app/workspace/workspace-streams';
import type { ProvisioningConfig } from './provisioning.config';

const HANDLERS = [
  CreateOrganizationHandler,
  GetOrganizationHandler,
  SetWorkspacesConnectingHandler,
  CreateWorkspaceHandler,
  GetWorkspaceHandler,
  ListWorkspacesHandler,
  ChangeWorkspaceLimitsHandler,
  RenameWorkspaceHandler,
  UpdateWorkspaceHandler,
  ArchiveWorkspaceHandler,
  SetWorkspaceConnectingHandler,
  ProvisionIntegrationHandler,
  GetProvisionHandler,
  ListProvisionsHandler,
  ChangeProvisionHandler,
  AllowModelsHandler,
  RenameProvisionHandler,
  SetAutoProvisionHandler,
  TurnOffAutoProvisionHandler,
  GetAutoProvisionHandler,
  ListAutoProvisionsHandler,
  BulkProvisionHandler,
  GetBulkProvisionHandler,
  IssueApiKeyHandler,
  GetApiKeyHandler,
  ListApiKeysHandler,
  RotateApiKeyHandler,
  ChangeApiKeyHandler,
  CreateSessionHandler,
  CreateSignInLinkHandler,
  GetSessionHandler,
  EndSessionsHandler,
  SignInPersonHandler,
  ListSessionsHandler,
  GetLimitsHandler,
  ChangeLimitsHandler,
  AcceptInviteHandler,
  CancelInviteHandler,
  ChangeMemberRolesHandler,
  GetInviteHandler,
  GetMemberHandler,
  InviteMemberHandler,
  ListInvitesHandler,
  ListMembersHandler,
  RemoveMemberHandler,
  ResendInviteHandler,
  ExplainAccessHandler,
  ListAvailableModelsHandler,
  ListAiProvidersHandler,
  ChangeApprovalHandler,
  GetApprovalHandler,
  ProposeChangeHandler,
  CarryOutAtRegistryHandler,
  CarryOutAtMeteringHandler,
  PreviewCommandHandler,
  PreviewIntegrationChangeHandler,
  PreviewIntegrationModelsHandler,
  ApproveProposalHandler,
  RejectProposalHandler,
  GetProposalHandler,
  ListProposalsHandler,
];

const STREAMS = [
  OrganizationStreams,
  IntegrationLimitsStreams,
  WorkspaceStreams,
  WorkspaceNameStreams,
  WorkspaceSlugStreams,
  ProvisionNameStreams,
  ProvisionStreams,
  ConnectionStreams,
  AutoProvisionStreams,
  BulkProvisionStreams,
  RosterStreams,
  ApiKeyStreams,
  SessionStreams,
  ProposalStreams,
];

const PROCESS_MANAGERS = [
  WorkspaceFinisher,
  ConnectionProcess,
  AutoProvisionProcess,
  BulkProvisionProcess,
  MemberEnder,
  ProposalProcess,
  IdleSessionEnder,
];

const sessionAdapters = (config: ProvisioningConfig): Provider[] => [
  { provide: SessionUses, useClass: PostgresSessionUses },
  {
    provide: SessionLifetimes,
    useValue: {
      idleMs: config.GATEHOUSE_SESSION_IDLE_MINUTES * 60_000,
      longestMs: config.GATEHOUSE_SESSION_HOURS * 3_600_000,
    } satisfies SessionLifetimes,
  },
  {
    provide: SessionMint,
    useFactory: (random: Random) => new PepperedSessionMint(config.GATEHOUSE_KEY_PEPPER, random),
    inject: [Random],
  },
];

/** Undefined where people sign in by none. */
const idTokens = (config: ProvisioningConfig): JoseIdTokens | undefined => {
  const { GATEHOUSE_OIDC_ISSUER: issuer, GATEHOUSE_OIDC_AUDIENCE: audience } = config;
  const { GATEHOUSE_OIDC_ROLES: roles, GATEHOUSE_OIDC_ORGANIZATION: organization } = config;
  if (!issuer || !audience || !roles || !organization) return undefined;
  const groupsClaim = config.GATEHOUSE_OIDC_GROUPS_CLAIM;
  const settings = { issuer, audience, groupsClaim, roles, organizationId: organizationId(organization) };
  const hosts = new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS);
  return new JoseIdTokens(settings, guardedFetch(hosts), new SystemClock());
};

/** The one place where ports are joined to adapters. */
const adapters = (config: ProvisioningConfig): Provider[] => [
  { provide: EventCodecs, useClass: ProtoEventCodecs },
  { provide: Directory, useClass: PostgresDirectory },
  { provide: Integrations, useClass: PostgresIntegrations },
  { provide: AutoProvisions, useClass: PostgresAutoProvisions },
  { provide: Consents, useClass: AsyncLocalConsents },
  { provide: ApprovalSettings, useClass: RecordedApprovalSettings },
  {
    provide: Approvals,
    useFactory: (settings: ApprovalSettings, clock: Clock, consents: Consents) =>
      new Approvals(settings, clock, consents),
    inject: [ApprovalSettings, Clock, Consents],
  },
  { provide: Proposals, useClass: PostgresProposals },
  { provide: ProposedCommands, useClass: ProposableCommands },
  { provide: BulkProvisions, useClass: PostgresBulkProvisions },
  { provide: Connections, useClass: PostgresConnections },
  { provide: Callers, useClass: PostgresCallers },
  { provide: ChangedScopes, useClass: PostgresChangedScopes },
  { provide: ConfigLog, useClass: PostgresConfigLog },
  { provide: ToldProviders, useClass: PostgresToldProviders },
  limitStandings(config),
  keyUses(config),
  usageReplays(config),
  meteringCommands(config),
  {
    provide: PublishedContents,
    useFactory: (log: ServiceLog) =>
      new GrpcPublishedContents(
        grpcClient(registryV1.CatalogServiceClient, {
          address: config.GATEHOUSE_REGISTRY_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
        }),
      ),
    inject: [ServiceLog],
  },
  {
    provide: RegistryCommands,
    useFactory: (log: ServiceLog) =>
      new GrpcRegistryCommands(
        grpcClient(registryV1.ProposalServiceClient, {
          address: config.GATEHOUSE_REGISTRY_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
        }),
      ),
    inject: [ServiceLog],
  },
  { provide: RosterDirectory, useClass: PostgresRosterDirectory },
  { provide: People, useClass: PostgresPeople },
  {
    provide: EmailFingerprints,
    useFactory: () => new HmacEmailFingerprints(config.GATEHOUSE_INSTALLATION_SECRET),
  },
  {
    provide: InviteMint,
    useFactory: (random: Random) =>
      new PepperedInviteMint(new CheckedTokens(INVITE_TOKEN, config.GATEHOUSE_KEY_PEPPER), random),
    inject: [Random],
  },
  ...sessionAdapters(config),
  {
    provide: ApiKeyMint,
    useFactory: (random: Random) => new PepperedApiKeyMint(new Peppers(config.GATEHOUSE_KEY_PEPPER), random),
    inject: [Random],
  },
];

@Module({})
export class ProvisioningModule {
  static forConfig(config: ProvisioningConfig): DynamicModule {
    return {
      module: ProvisioningModule,
      imports: [
        CqrsModule.forRoot(),
        PlatformModule.forService({
          name: 'provisioning',
          config,
          projections: [
            directoryProjection,
            integrationsProjection,
            gatewayConfigProjection,
            publicationsProjection,
            rolloutsProjection,
            rosterProjection,
            proposalsProjection,
          ],
          accessSource: 'store',
          idTokens: idTokens(config),
          proposals: ProposalsInterceptor,
        }),
      ],
      controllers: [
        OrganizationController,
        WorkspaceController,
        ProvisionController,
        AutoProvisionController,
        BulkProvisionController,
        ApiKeyController,
        SessionController,
        LimitController,
        MemberController,
        AccessController,
        ApprovalController,
        ProposalController,
        PreviewController,
        GatewayConfigController,
      ],
      providers: [
        ...HANDLERS,
        ...STREAMS,
        ...PROCESS_MANAGERS,
        PeopleBehind,
        ProposalAnswers,
        ProposalCarrier,
        RosterAnswers,
        KeyHolders,
        SigningKeys,
        TendedKeys,
        MemberEndings,
        WorkspaceNames,
        WorkspaceChanges,
        ProvisionChanges,
        ProvisionMaker,
        ProvisionNaming,
        ProvisionViews,
        AwaitedProvisionMaker,
        NewWorkspaceProvisions,
        PolicyBulkStarter,
        BulkTurnTaker,
        ApplyingLimits,
        ToldModels,
        ConfigPublisher,
        SharedConfigComposer,
        ...adapters(config),
      ],
    };
  }
}

/** Somebody who waits for an answer waits this long for what other services know. */
const KNOWN_WITHIN_MS = 2_000;

/** How a service is reached, where it has an address. */
const serviceAt = (address: string | undefined, config: ProvisioningConfig, log: ServiceLog) =>
  address !== undefined && {
    address,
    serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
    tls: openTls(config, log),
    deadlineMs: KNOWN_WITHIN_MS,
  };

const meteringAt = (config: ProvisioningConfig, log: ServiceLog) =>
  serviceAt(config.GATEHOUSE_METERING_ADDRESS, config, log);

const limitStandings = (config: ProvisioningConfig): Provider => ({
  provide: LimitStandings,
  useFactory: (log: ServiceLog) => {
    const metering = meteringAt(config, log);
    return metering
      ? new GrpcLimitStandings(grpcClient(meteringV1.BudgetServiceClient, metering), log)
      : new UnknownLimitStandings();
  },
  inject: [ServiceLog],
});

const keyUses = (config: ProvisioningConfig): Provider => ({
  provide: KeyUses,
  useFactory: (own: ApiKeyUses, log: ServiceLog) => {
    const metering = meteringAt(config, log);
    const usesOf = (service: ServiceName, address: string | undefined) => {
      const at = serviceAt(address, config, log);
      return { service, client: at ? grpcClient(operationsV1.KeyUseServiceClient, at) : undefined };
    };
    const others = [
      usesOf('registry', config.GATEHOUSE_REGISTRY_ADDRESS),
      usesOf('metering', config.GATEHOUSE_METERING_ADDRESS),
      usesOf('audit', config.GATEHOUSE_AUDIT_ADDRESS),
    ];
    const usage = metering ? grpcClient(meteringV1.UsageServiceClient, metering) : undefined;
    return new GrpcKeyUses({ own, usage, others }, log);
  },
  inject: [ApiKeyUses, ServiceLog],
});

const usageReplays = (config: ProvisioningConfig): Provider => ({
  provide: UsageReplays,
  useFactory: (scopes: ChangedScopes, log: ServiceLog) => {
    const metering = meteringAt(config, log);
    return metering
      ? new GrpcUsageReplays(grpcClient(meteringV1.UsageServiceClient, metering), scopes, log)
      : new UnknownUsageReplays();
  },
  inject: [ChangedScopes, ServiceLog],
});

const meteringCommands = (config: ProvisioningConfig): Provider => ({
  provide: MeteringCommands,
  useFactory: (log: ServiceLog) => {
    const metering = meteringAt(config, log);
    return metering
      ? new GrpcMeteringCommands(grpcClient(meteringV1.BudgetServiceClient, metering))
      : new NoMeteringCommands();
  },
  inject: [ServiceLog],
});
