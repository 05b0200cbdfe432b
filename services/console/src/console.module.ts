import { ErrorLog } from '@gatehouse/grpc';
import type { TrustedProxies } from '@gatehouse/hosts';
import { Clock, Turns } from '@gatehouse/kernel';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ControlPlanes } from './adapters/grpc/control-plane';
import type { IdentityProvider } from './adapters/oidc/identity-provider';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { AuditLogsController } from './audit-logs/audit-logs.controller';
import { CatalogController } from './catalog/catalog.controller';
import { DraftsController } from './drafts/drafts.controller';
import { OwnIntegrationsController } from './integrations/own-integrations.controller';
import { AccessController } from './access/access.controller';
import { ApprovalsController } from './approvals/approvals.controller';
import { HistoriesController } from './histories/histories.controller';
import { PreviewsController } from './previews/previews.controller';
import { ConfiguredLimitsController } from './configured-limits/configured-limits.controller';
import { StandingLimitsController } from './standing/standing-limits.controller';
import { OwnModelsController } from './integrations/own-models.controller';
import { OwnWorkspacesController } from './integrations/own-workspaces.controller';
import { UsageController } from './usage/usage.controller';
import { AnalyticsController } from './analytics/analytics.controller';
import { IntegrationsController } from './integrations/integrations.controller';
import { MemberRoles } from './members/members';
import { MembersController } from './members/members.controller';
import { PoliciesController } from './policies/policies.controller';
import { ProvidersController } from './providers/providers.controller';
import { OpenApiController } from './edge/open-api.controller';
import { RepeatedCreations } from './rest/repeated-creations';
import { RestErrorFilter } from './rest/rest-error.filter';
import { RestInterceptor } from './edge/rest.interceptor';
import { IDENTITY_PROVIDER, OidcController } from './session/oidc.controller';
import { OwnPage } from './session/own-page';
import { Callers } from './session/callers';
import { SessionController } from './session/session.controller';
import { Sessions } from './session/sessions';
import { SignInAllowances } from './session/sign-in-allowances';
import { SecretReferencesController } from './secret-references/secret-references.controller';
import { VirtualKeysController } from './virtual-keys/virtual-keys.controller';
import { WorkspacesController } from './workspaces/workspaces.controller';

export interface ConsoleParts {
  readonly planes: ControlPlanes;
  readonly clock: Clock;
  readonly log: ErrorLog;
  readonly proxies: TrustedProxies;
  readonly identityProvider: IdentityProvider | undefined;
}

@Module({})
export class ConsoleModule {
  static with({ planes, clock, log, proxies, identityProvider }: ConsoleParts): DynamicModule {
    const sessions = new Sessions(planes, clock);
    const ownPage = new OwnPage(proxies);
    return {
      module: ConsoleModule,
      controllers: [
        OpenApiController,
        SessionController,
        OidcController,
        IntegrationsController,
        WorkspacesController,
        MembersController,
        ApiKeysController,
        AuditLogsController,
        CatalogController,
        SecretReferencesController,
        ProvidersController,
        VirtualKeysController,
        DraftsController,
        OwnIntegrationsController,
        AnalyticsController,
        PoliciesController,
        UsageController,
        OwnWorkspacesController,
        OwnModelsController,
        StandingLimitsController,
        ConfiguredLimitsController,
        PreviewsController,
        HistoriesController,
        ApprovalsController,
        AccessController,
      ],
      providers: [
        { provide: ControlPlanes, useValue: planes },
        { provide: Clock, useValue: clock },
        { provide: ErrorLog, useValue: log },
        { provide: Sessions, useValue: sessions },
        { provide: IDENTITY_PROVIDER, useValue: identityProvider },
        { provide: OwnPage, useValue: ownPage },
        { provide: Callers, useValue: new Callers(sessions, ownPage, planes) },
        { provide: SignInAllowances, useValue: new SignInAllowances(clock) },
        { provide: RepeatedCreations, useValue: new RepeatedCreations(clock) },
        Turns,
        MemberRoles,
        RestErrorFilter,
        { provide: APP_INTERCEPTOR, useClass: RestInterceptor },
      ],
    };
  }
}
