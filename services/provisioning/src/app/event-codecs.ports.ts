import type { EventCodec } from '@gatehouse/event-store';
import type { ApiKeyEvent } from '../domain/api-key/api-key.events';
import type { AutoProvisionEvent } from '../domain/auto-provision/auto-provision.events';
import type { BulkProvisionEvent } from '../domain/bulk-provision/bulk-provision.events';
import type { ConnectionEvent } from '../domain/connection/connection.events';
import type { IntegrationLimitsEvent } from '../domain/integration-limits/integration-limits.events';
import type { OrganizationEvent } from '../domain/organization/organization.events';
import type { ProposalEvent } from '../domain/proposal/proposal.events';
import type { ProvisionEvent } from '../domain/provision/provision.events';
import type { ProvisionNamesEvent } from '../domain/provision-names/provision-names.events';
import type { RosterEvent } from '../domain/roster/roster.events';
import type { SessionEvent } from '../domain/session/session.events';
import type { WorkspaceNameEvent } from '../domain/workspace-name/workspace-name.events';
import type { WorkspaceSlugEvent } from '../domain/workspace-slug/workspace-slug.events';
import type { WorkspaceEvent } from '../domain/workspace/workspace.events';

/** How the events of each kind of stream are stored. */
export abstract class EventCodecs {
  abstract readonly organization: EventCodec<OrganizationEvent>;
  abstract readonly integrationLimits: EventCodec<IntegrationLimitsEvent>;
  abstract readonly workspace: EventCodec<WorkspaceEvent>;
  abstract readonly workspaceName: EventCodec<WorkspaceNameEvent>;
  abstract readonly workspaceSlug: EventCodec<WorkspaceSlugEvent>;
  abstract readonly provisionNames: EventCodec<ProvisionNamesEvent>;
  abstract readonly provision: EventCodec<ProvisionEvent>;
  abstract readonly proposal: EventCodec<ProposalEvent>;
  abstract readonly connection: EventCodec<ConnectionEvent>;
  abstract readonly autoProvision: EventCodec<AutoProvisionEvent>;
  abstract readonly bulkProvision: EventCodec<BulkProvisionEvent>;
  abstract readonly roster: EventCodec<RosterEvent>;
  abstract readonly apiKey: EventCodec<ApiKeyEvent>;
  abstract readonly session: EventCodec<SessionEvent>;
}
