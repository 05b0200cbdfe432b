import type { RecordedEvent } from '@gatehouse/event-store';
import type { IntegrationId } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import type { Projection, Tx } from '@gatehouse/projections';
import { INTEGRATION_STREAM_PREFIX } from '../../app/integration/integration-streams';
import type { IntegrationConnected } from '../../domain/integration/integration.events';
import { integrationCodec } from '../events/integration.codec';
import { toProtoModel } from '../events/recorded-model';

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
    custom_models json NOT NULL,
    fields json NOT NULL,
    enabled boolean NOT NULL,
    deleted boolean NOT NULL,
    revision bigint NOT NULL,
    connected_at timestamptz NOT NULL,
    connected_by_kind text NOT NULL,
    connected_by_id text NOT NULL,
    connected_by_address text NOT NULL,
    -- Empty where nobody said what it is for.
    description text NOT NULL
  );
  CREATE INDEX integration_in_order ON integration (organization_id, ordinal);`;

/** Integrations by organization, for Get and List. */
export const integrationDirectory: Projection = {
  name: 'directory',
  schema: 'registry_directory',
  version: 5,
  ddl: DDL,
  source: { kind: 'store', streamPrefixes: [INTEGRATION_STREAM_PREFIX] },
  apply: async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
    const event = integrationCodec.decode(recorded);
    switch (event.type) {
      case 'IntegrationConnected':
        return insert(tx, recorded, event);
      case 'IntegrationConnectAbandoned':
        return;
      case 'IntegrationRenamed':
        return change(tx, recorded, event.integrationId, { name: event.name });
      case 'IntegrationDescribed':
        return change(tx, recorded, event.integrationId, { description: event.description });
      case 'IntegrationDisabled':
      case 'IntegrationEnabled': {
        const enabled = event.type === 'IntegrationEnabled';
        return change(tx, recorded, event.integrationId, { enabled });
      }
      case 'CredentialRotated': {
        const { integrationId, credentialVersion, credentialFingerprint } = event;
        const credential = {
          credential_version: credentialVersion,
          credential_fingerprint: credentialFingerprint,
        };
        return change(tx, recorded, integrationId, credential);
      }
      case 'IntegrationDeleted':
        return change(tx, recorded, event.integrationId, { deleted: true });
    }
  },
};

const insert = async (tx: Tx, recorded: RecordedEvent, event: IntegrationConnected): Promise<void> => {
  await tx.query(
    `INSERT INTO integration (integration_id, organization_id, ordinal, name, slug, provider, custom_host,
       credential_version, credential_fingerprint, custom_models, fields, enabled, deleted, revision, connected_at,
       connected_by_kind, connected_by_id, connected_by_address, description)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, false, $12, $13, $14, $15, $16, '')`,
    [
      event.integrationId,
      event.organizationId,
      recorded.position,
      event.name,
      event.slug,
      event.provider,
      event.customHost,
      event.credentialVersion,
      event.credentialFingerprint,
      JSON.stringify(event.customModels.map((model) => typeV1.Model.toJSON(toProtoModel(model)))),
      JSON.stringify(event.fields),
      recorded.revision,
      recorded.recordedAt,
      recorded.metadata.actor.kind,
      recorded.metadata.actor.id,
      recorded.metadata.actor.address,
    ],
  );
};

/** Columns by name, none of which a caller chooses. */
const change = async (
  tx: Tx,
  { revision }: RecordedEvent,
  id: IntegrationId,
  columns: Readonly<Record<string, string | number | boolean>>,
): Promise<void> => {
  const assignments = Object.keys(columns).map((name, index) => `, ${name} = $${index + 3}`);
  await tx.query(`UPDATE integration SET revision = $2${assignments.join('')} WHERE integration_id = $1`, [
    id,
    revision,
    ...Object.values(columns),
  ]);
};
