import type { RecordedEvent } from '@gatehouse/event-store';
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
    deleted boolean NOT NULL,
    revision bigint NOT NULL,
    connected_at timestamptz NOT NULL
  );
  CREATE INDEX integration_in_order ON integration (organization_id, ordinal) WHERE NOT deleted;`;

/** Integrations by organization, for Get and List. */
export const integrationDirectory: Projection = {
  name: 'directory',
  schema: 'registry_directory',
  version: 2,
  ddl: DDL,
  source: { kind: 'store', streamPrefixes: [INTEGRATION_STREAM_PREFIX] },
  apply: async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
    const event = integrationCodec.decode(recorded);
    switch (event.type) {
      case 'IntegrationConnected':
        return insert(tx, recorded, event);
      case 'IntegrationConnectAbandoned':
        return;
      case 'CredentialRotated':
        await tx.query(
          `UPDATE integration SET credential_version = $2, credential_fingerprint = $3, revision = $4
           WHERE integration_id = $1`,
          [event.integrationId, event.credentialVersion, event.credentialFingerprint, recorded.revision],
        );
        return;
      case 'IntegrationDeleted':
        await tx.query('UPDATE integration SET deleted = true, revision = $2 WHERE integration_id = $1', [
          event.integrationId,
          recorded.revision,
        ]);
        return;
    }
  },
};

const insert = async (tx: Tx, recorded: RecordedEvent, event: IntegrationConnected): Promise<void> => {
  await tx.query(
    `INSERT INTO integration (integration_id, organization_id, ordinal, name, slug, provider, custom_host,
       credential_version, credential_fingerprint, custom_models, fields, deleted, revision, connected_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false, $12, $13)`,
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
    ],
  );
};
