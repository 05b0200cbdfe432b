import type { RecordedEvent } from '@gatehouse/event-store';
import type { IntegrationId } from '@gatehouse/kernel';
import {
  decidedAfter,
  type Deployment,
  deploymentsAfter,
  isModelDecision,
  type ModelDecisions,
} from '@gatehouse/offering';
import { fromProtoModelDecisions, toProtoModelDecisions } from '@gatehouse/offering-messages';
import { typeV1 } from '@gatehouse/proto-gen';
import type { Projection, Tx } from '@gatehouse/projections';
import { INTEGRATION_STREAM_PREFIX } from '../../app/integration/integration-streams';
import type { IntegrationSettings } from '../../domain/integration/integration-settings';
import type {
  IntegrationReconfigured,
  DeploymentEvent,
  IntegrationConnected,
  ModelsDecided,
} from '../../domain/integration/integration.events';
import type { SealedVersion } from '../../domain/integration/rotate-credential';
import { integrationCodec } from '../events/integration.codec';

const DDL = `
  CREATE TABLE integration (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    -- The position of its first event: the order of creation.
    ordinal bigint NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    provider text NOT NULL,
    custom_host text NOT NULL,
    credential_version integer NOT NULL,
    credential_fingerprint text NOT NULL,
    -- As the message gatehouse.type.v1.ModelDecisions has them.
    model_decisions json NOT NULL,
    fields json NOT NULL,
    dialect text NOT NULL,
    base_url text NOT NULL,
    local boolean NOT NULL,
    model_hosts json NOT NULL,
    header_names text[] NOT NULL,
    credential_kind text NOT NULL,
    issuer text NOT NULL,
    deployments json NOT NULL,
    enabled boolean NOT NULL,
    credential_rejected boolean NOT NULL,
    deleted boolean NOT NULL,
    -- Of a deleted one: keys whose destruction is not confirmed, and when the last will be destroyed, where that is known.
    keys_left text[] NOT NULL DEFAULT '{}',
    key_destroyed_by timestamptz,
    -- Not all of its workspaces have it.
    connecting boolean NOT NULL,
    -- Null for the organization's own.
    owner_workspace_id text,
    -- Null where that is not how it ended.
    refused_workspace_id text,
    refused_reason text,
    revision bigint NOT NULL,
    connected_at timestamptz NOT NULL,
    connected_by_kind text NOT NULL,
    connected_by_id text NOT NULL,
    connected_by_address text NOT NULL,
    -- Empty where nobody said what it is for.
    description text NOT NULL,
    secret_uses json NOT NULL,
    credential_given_at timestamptz NOT NULL,
    -- Null where nobody said when.
    credential_expires_at timestamptz
  );
  CREATE INDEX integration_in_order ON integration (organization_id, ordinal);
  CREATE INDEX integration_connecting ON integration (integration_id) WHERE connecting AND NOT deleted;`;

/** Integrations by organization, for Get and List. */
export const integrationDirectory: Projection = {
  name: 'directory',
  schema: 'registry_directory',
  version: 11,
  ddl: DDL,
  source: { kind: 'store', streamPrefixes: [INTEGRATION_STREAM_PREFIX] },
  apply: async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
    const event = integrationCodec.decode(recorded);
    if (isModelDecision(event)) return decide(tx, recorded, event);
    switch (event.type) {
      case 'IntegrationConnected':
        return insert(tx, recorded, event);
      case 'IntegrationConnectAbandoned':
        return;
      case 'IntegrationReady':
        return change(tx, recorded, event.integrationId, { connecting: false });
      case 'IntegrationConnectRefused': {
        const { integrationId, workspaceId, reason, keyIds } = event;
        const refused = { refused_workspace_id: workspaceId, refused_reason: reason };
        return change(tx, recorded, integrationId, { deleted: true, keys_left: keyIds, ...refused });
      }
      case 'IntegrationRenamed':
        return change(tx, recorded, event.integrationId, { name: event.name });
      case 'IntegrationDescribed':
        return change(tx, recorded, event.integrationId, { description: event.description });
      case 'IntegrationDisabled':
      case 'IntegrationEnabled': {
        const enabled = event.type === 'IntegrationEnabled';
        return change(tx, recorded, event.integrationId, { enabled });
      }
      case 'CredentialRotated':
        return change(tx, recorded, event.integrationId, credentialColumns(recorded, event));
      case 'IntegrationReconfigured': {
        const columns = { ...settingsColumns(event), ...credentialColumns(recorded, event) };
        return change(tx, recorded, event.integrationId, columns);
      }
      case 'CredentialRejected':
      case 'CredentialAccepted':
        return change(tx, recorded, event.integrationId, {
          credential_rejected: event.type === 'CredentialRejected',
        });
      case 'DeploymentAdded':
      case 'DeploymentChanged':
      case 'DeploymentRemoved':
      case 'DefaultDeploymentChanged':
        return changeDeployments(tx, recorded, event);
      case 'IntegrationDeleted':
        return change(tx, recorded, event.integrationId, { deleted: true, keys_left: event.keyIds });
      case 'IntegrationKeyDestructionScheduled':
        await tx.query(
          `UPDATE integration SET revision = $2, key_destroyed_by = greatest(key_destroyed_by, $3)
           WHERE integration_id = $1`,
          [event.integrationId, recorded.revision, event.scheduledFor],
        );
        return;
      case 'IntegrationKeyDestroyed':
        await tx.query(
          `UPDATE integration SET revision = $2, keys_left = array_remove(keys_left, $3) WHERE integration_id = $1`,
          [event.integrationId, recorded.revision, event.keyId],
        );
        return;
    }
  },
};

const insert = async (tx: Tx, recorded: RecordedEvent, event: IntegrationConnected): Promise<void> => {
  const { actor } = recorded.metadata;
  const columns = {
    integration_id: event.integrationId,
    organization_id: event.organizationId,
    ordinal: recorded.position,
    name: event.name,
    slug: event.slug,
    provider: event.provider,
    credential_version: event.credentialVersion,
    credential_fingerprint: event.credentialFingerprint,
    model_decisions: toJsonDecisions(event.modelDecisions),
    ...settingsColumns(event),
    deployments: toJsonDeployments(event.deployments),
    enabled: true,
    credential_rejected: false,
    deleted: false,
    connecting: event.workspaces.length > 0,
    owner_workspace_id: event.ownerWorkspaceId ?? null,
    revision: recorded.revision,
    connected_at: recorded.recordedAt,
    connected_by_kind: actor.kind,
    connected_by_id: actor.id,
    connected_by_address: actor.address,
    description: '',
    secret_uses: JSON.stringify(event.references),
    credential_given_at: recorded.recordedAt,
    credential_expires_at: event.credentialExpiresAt ?? null,
  };
  const names = Object.keys(columns);
  const places = names.map((_name, index) => `$${index + 1}`);
  await tx.query(
    `INSERT INTO integration (${names.join(', ')}) VALUES (${places.join(', ')})`,
    Object.values(columns),
  );
};

const changeDeployments = async (tx: Tx, recorded: RecordedEvent, event: DeploymentEvent): Promise<void> => {
  const { rows } = await tx.query<{ deployments: readonly unknown[] }>(
    'SELECT deployments FROM integration WHERE integration_id = $1',
    [event.integrationId],
  );
  const before = fromJsonDeployments(rows[0]?.deployments ?? []);
  const deployments = toJsonDeployments(deploymentsAfter(before, event));
  await change(tx, recorded, event.integrationId, { deployments });
};

const toJsonDeployments = (deployments: readonly Deployment[]): string =>
  JSON.stringify(deployments.map(typeV1.Deployment.toJSON));

export const fromJsonDeployments = (deployments: readonly unknown[]): readonly Deployment[] =>
  deployments.map(typeV1.Deployment.fromJSON);

const settingsColumns = (settings: IntegrationSettings): Columns => ({
  custom_host: settings.customHost,
  fields: JSON.stringify(settings.fields),
  dialect: settings.dialect,
  base_url: settings.baseUrl,
  local: settings.local,
  model_hosts: JSON.stringify(settings.modelHosts),
  header_names: settings.headerNames,
  credential_kind: settings.credentialKind,
  issuer: settings.issuer,
});

/** Of a credential that came with an event, if one did. Nothing is known of it yet. */
const credentialColumns = (
  { recordedAt }: RecordedEvent,
  event: Pick<IntegrationReconfigured, keyof SealedVersion>,
): Columns => ({
  credential_rejected: false,
  ...(event.credentialVersion > 0 && {
    credential_version: event.credentialVersion,
    credential_fingerprint: event.credentialFingerprint,
    secret_uses: JSON.stringify(event.references),
    credential_given_at: recordedAt,
    credential_expires_at: event.credentialExpiresAt ?? null,
  }),
});

const decide = async (tx: Tx, recorded: RecordedEvent, event: ModelsDecided): Promise<void> => {
  const { rows } = await tx.query<{ model_decisions: unknown }>(
    'SELECT model_decisions FROM integration WHERE integration_id = $1',
    [event.integrationId],
  );
  const before = fromJsonDecisions(rows[0]?.model_decisions);
  const after = toJsonDecisions(decidedAfter(before, event));
  await change(tx, recorded, event.integrationId, { model_decisions: after });
};

const toJsonDecisions = (decisions: ModelDecisions): string =>
  JSON.stringify(typeV1.ModelDecisions.toJSON(toProtoModelDecisions(decisions)));

/** As the column has them. */
export const fromJsonDecisions = (json: unknown): ModelDecisions =>
  fromProtoModelDecisions(typeV1.ModelDecisions.fromJSON(json));

/** By name, none of which a caller chooses. */
type Columns = Readonly<Record<string, string | number | boolean | readonly string[] | Date | null>>;

const change = async (
  tx: Tx,
  { revision }: RecordedEvent,
  id: IntegrationId,
  columns: Columns,
): Promise<void> => {
  const assignments = Object.keys(columns).map((name, index) => `, ${name} = $${index + 3}`);
  await tx.query(`UPDATE integration SET revision = $2${assignments.join('')} WHERE integration_id = $1`, [
    id,
    revision,
    ...Object.values(columns),
  ]);
};
