import type { RecordedEvent } from '@gatehouse/event-store';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import type { ProvisionEvent } from '../../domain/provision/provision.events';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { apiKeyCodec } from './api-key.codec';
import type { GoldenCodec } from './event-codec';
import { organizationCodec } from './organization.codec';
import { provisionCodec } from './provision.codec';
import { workspaceNameCodec } from './workspace-name.codec';
import { workspaceCodec } from './workspace.codec';

/** Everything that this service records. */
export type OwnEvent = OrganizationEvent | WorkspaceEvent | WorkspaceNameEvent | ProvisionEvent | ApiKeyEvent;

/** The streams that this service owns, by the prefix of their names. */
export const OWN_CODECS: Readonly<Record<string, GoldenCodec<OwnEvent>>> = {
  'organization-': organizationCodec as GoldenCodec<OwnEvent>,
  'workspace-': workspaceCodec as GoldenCodec<OwnEvent>,
  'workspacename-': workspaceNameCodec as GoldenCodec<OwnEvent>,
  'provision-': provisionCodec as GoldenCodec<OwnEvent>,
  'apikey-': apiKeyCodec as GoldenCodec<OwnEvent>,
};

export const OWN_STREAM_PREFIXES: readonly string[] = Object.keys(OWN_CODECS);

/** Undefined for events of other services' streams; throws on a version of our own that nobody knows. */
export const decodeOwnEvent = (event: RecordedEvent): OwnEvent | undefined => {
  const prefix = event.stream.slice(0, event.stream.indexOf('-') + 1);
  return OWN_CODECS[prefix]?.decode(event);
};
