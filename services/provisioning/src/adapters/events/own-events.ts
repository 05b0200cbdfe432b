import type { RecordedEvent } from '@gatehouse/event-store';
import { SERVICES } from '@gatehouse/topology';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import type { AutoProvisionEvent } from '../../domain/auto-provision/auto-provision.events';
import type { BulkProvisionEvent } from '../../domain/bulk-provision/bulk-provision.events';
import type { ConnectionEvent } from '../../domain/connection/connection.events';
import type { IntegrationLimitsEvent } from '../../domain/integration-limits/integration-limits.events';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import type { ProposalEvent } from '../../domain/proposal/proposal.events';
import type { ProvisionEvent } from '../../domain/provision/provision.events';
import type { ProvisionNamesEvent } from '../../domain/provision-names/provision-names.events';
import type { RosterEvent } from '../../domain/roster/roster.events';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import type { WorkspaceSlugEvent } from '../../domain/workspace-slug/workspace-slug.events';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { apiKeyCodec } from './api-key.codec';
import { autoProvisionCodec } from './auto-provision.codec';
import { bulkProvisionCodec } from './bulk-provision.codec';
import { connectionCodec } from './connection.codec';
import { integrationLimitsCodec } from './integration-limits.codec';
import { organizationCodec } from './organization.codec';
import { proposalCodec } from './proposal.codec';
import { provisionCodec } from './provision.codec';
import { provisionNamesCodec } from './provision-names.codec';
import { rosterCodec } from './roster.codec';
import { sessionCodec } from './session.codec';
import { workspaceNameCodec } from './workspace-name.codec';
import { workspaceSlugCodec } from './workspace-slug.codec';
import { workspaceCodec } from './workspace.codec';

/** What this service records and its own projections follow: not who signed in, which the directory of keys alone does. */
export type OwnEvent =
  | OrganizationEvent
  | IntegrationLimitsEvent
  | WorkspaceEvent
  | WorkspaceNameEvent
  | WorkspaceSlugEvent
  | ProvisionEvent
  | ProvisionNamesEvent
  | ConnectionEvent
  | AutoProvisionEvent
  | BulkProvisionEvent
  | RosterEvent
  | ProposalEvent
  | ApiKeyEvent;

type OwnPrefix = (typeof SERVICES.provisioning.streams)[number];

export const OWN_STREAM_PREFIXES = SERVICES.provisioning.streams.filter(
  (prefix): prefix is Exclude<OwnPrefix, 'sessions-'> => prefix !== 'sessions-',
);

/** The streams that this service owns, by the prefix of their names. */
export const OWN_CODECS = {
  'organization-': organizationCodec,
  'integrationlimits-': integrationLimitsCodec,
  'workspace-': workspaceCodec,
  'workspacename-': workspaceNameCodec,
  'workspaceslug-': workspaceSlugCodec,
  'provision-': provisionCodec,
  'provisionname-': provisionNamesCodec,
  'connection-': connectionCodec,
  'autoprovision-': autoProvisionCodec,
  'bulk-': bulkProvisionCodec,
  'roster-': rosterCodec,
  'proposal-': proposalCodec,
  'apikey-': apiKeyCodec,
  'sessions-': sessionCodec,
} as const satisfies Readonly<Record<OwnPrefix, unknown>>;

/** Undefined for events of other streams; throws on a type or version of our own that nobody knows. */
export const decodeOwnEvent = (event: RecordedEvent): OwnEvent | undefined => {
  const prefix = OWN_STREAM_PREFIXES.find((own) => event.stream.startsWith(own));
  return prefix && OWN_CODECS[prefix].decode(event);
};
