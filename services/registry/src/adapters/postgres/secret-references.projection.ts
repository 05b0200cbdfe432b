import type { RecordedEvent } from '@gatehouse/event-store';
import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { isModelDecision } from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';
import type { Projection, Tx } from '@gatehouse/projections';
import { INTEGRATION_STREAM_PREFIX } from '../../app/integration/integration-streams';
import { SECRET_REFERENCE_STREAM_PREFIX } from '../../app/secret-reference/secret-reference-streams';
import type { SecretUses } from '../../domain/integration/secret-uses';
import { integrationCodec } from '../events/integration.codec';
import { toProtoLocator } from '../events/recorded-secret';
import { secretReferenceCodec } from '../events/secret-reference.codec';

const DDL = `
  CREATE TABLE reference (
    organization_id text NOT NULL,
    slug text COLLATE "C" NOT NULL,
    locator json NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    -- It may be defined again, and was created when it was first.
    removed boolean NOT NULL,
    PRIMARY KEY (organization_id, slug)
  );
  -- What current credentials of live integrations refer to.
  CREATE TABLE reference_use (
    integration_id text NOT NULL,
    organization_id text NOT NULL,
    slug text COLLATE "C" NOT NULL,
    PRIMARY KEY (integration_id, slug)
  );
  CREATE INDEX use_of_reference ON reference_use (organization_id, slug)`;

const apply = (tx: Tx, recorded: RecordedEvent): Promise<void> =>
  recorded.stream.startsWith(SECRET_REFERENCE_STREAM_PREFIX)
    ? applyReference(tx, recorded)
    : applyIntegration(tx, recorded);

const applyReference = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = secretReferenceCodec.decode(recorded);
  const key = [event.organizationId, event.slug, recorded.revision];
  switch (event.type) {
    case 'SecretReferenceDefined':
    case 'SecretReferenceChanged':
      await tx.query(
        `INSERT INTO reference (organization_id, slug, revision, locator, created_at, removed)
         VALUES ($1, $2, $3, $4, $5, false)
         ON CONFLICT (organization_id, slug)
         DO UPDATE SET revision = excluded.revision, locator = excluded.locator, removed = false`,
        [
          ...key,
          JSON.stringify(typeV1.SecretLocator.toJSON(toProtoLocator(event.locator))),
          recorded.recordedAt,
        ],
      );
      return;
    case 'SecretReferenceRemoved':
      await tx.query(
        'UPDATE reference SET revision = $3, removed = true WHERE organization_id = $1 AND slug = $2',
        key,
      );
  }
};

const applyIntegration = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = integrationCodec.decode(recorded);
  if (isModelDecision(event)) return;
  const { organizationId } = recorded.metadata;
  switch (event.type) {
    case 'IntegrationConnected':
    case 'CredentialRotated':
      return setUses(tx, organizationId, event);
    case 'IntegrationReconfigured':
      return event.credentialVersion === 0 ? undefined : setUses(tx, organizationId, event);
    case 'IntegrationConnectRefused':
    case 'IntegrationDeleted':
      return setUses(tx, organizationId, { integrationId: event.integrationId, references: {} });
    case 'IntegrationConnectAbandoned':
    case 'IntegrationReady':
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationDisabled':
    case 'IntegrationEnabled':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
    case 'CredentialRejected':
    case 'CredentialAccepted':
  }
};

const setUses = async (
  tx: Tx,
  organizationId: OrganizationId,
  { integrationId, references }: { readonly integrationId: IntegrationId; readonly references: SecretUses },
): Promise<void> => {
  await tx.query('DELETE FROM reference_use WHERE integration_id = $1', [integrationId]);
  await tx.query(
    `INSERT INTO reference_use (integration_id, organization_id, slug)
     SELECT DISTINCT $1, $2, slug FROM unnest($3::text[]) AS used (slug)`,
    [integrationId, organizationId, Object.values(references).map(({ reference }) => reference)],
  );
};

/** The secret references of organizations, and which integrations use them. */
export const secretReferencesProjection: Projection = {
  name: 'secret-references',
  schema: 'registry_secret_references',
  version: 1,
  ddl: DDL,
  source: { kind: 'store', streamPrefixes: [SECRET_REFERENCE_STREAM_PREFIX, INTEGRATION_STREAM_PREFIX] },
  apply,
};
