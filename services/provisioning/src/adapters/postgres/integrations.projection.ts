import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { Projection, Tx } from '@gatehouse/projections';
import { type eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import type { IntegrationStatus } from '../../app/provision/provision.ports';

export const INTEGRATIONS_SCHEMA = 'provisioning_integrations';

const DDL = `
  CREATE TABLE integration (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    slug text NOT NULL,
    models text[] NOT NULL,
    -- connecting, connected, deleted, or refused: it could not be connected with all of its workspaces.
    status text NOT NULL,
    -- Empty for the organization's own.
    owner_workspace_id text NOT NULL
  );
  -- What those are to be provided with that are connecting.
  CREATE TABLE connection (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspaces jsonb NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL
  )`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['integration-'], recorded);
  switch (event?.type) {
    case 'IntegrationConnected': {
      const { integrationId, organizationId, slug, models, workspaces, ownerWorkspaceId } = event.data;
      const names = models.map(({ name }) => name);
      const status = workspaces.length > 0 ? 'connecting' : 'connected';
      await tx.query(
        `INSERT INTO integration (id, organization_id, slug, models, status, owner_workspace_id)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [integrationId, organizationId, slug, names, status, ownerWorkspaceId],
      );
      if (status === 'connecting') await openConnection(tx, recorded, event.data);
      return;
    }
    case 'IntegrationReady':
      return endConnection(tx, event.data.integrationId, 'connected');
    case 'IntegrationConnectRefused':
      return endConnection(tx, event.data.integrationId, 'refused');
    case 'IntegrationDeleted':
      return endConnection(tx, event.data.integrationId, 'deleted');
    case undefined:
    case 'IntegrationConnectAbandoned':
    case 'CredentialRejected':
    case 'CredentialAccepted':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
    case 'IntegrationDisabled':
    case 'IntegrationEnabled':
    case 'CredentialRotated':
    case 'IntegrationReconfigured':
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
      return;
  }
};

const openConnection = async (
  tx: Tx,
  { id, metadata }: RecordedEvent,
  { integrationId, organizationId, workspaces }: eventsV1.IntegrationConnected,
): Promise<void> => {
  const wanted = JSON.stringify(workspaces.map(provisioningV1.WantedProvision.toJSON));
  await tx.query(
    `INSERT INTO connection (integration_id, organization_id, workspaces, reason, correlation_id, causation_id)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [integrationId, organizationId, wanted, metadata.reason, metadata.correlationId, id],
  );
};

const endConnection = async (tx: Tx, id: string, status: IntegrationStatus): Promise<void> => {
  await tx.query('UPDATE integration SET status = $2 WHERE id = $1', [id, status]);
  await tx.query('DELETE FROM connection WHERE integration_id = $1', [id]);
};

/** What commands and lists need to know of the registry's integrations, off the bus. */
export const integrationsProjection: Projection = {
  name: 'integrations',
  schema: INTEGRATIONS_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents] },
  version: 2,
  ddl: DDL,
  apply,
};
