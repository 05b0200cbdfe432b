import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { Projection, Tx } from '@gatehouse/projections';
import { TOPICS } from '@gatehouse/topology';

export const INTEGRATIONS_SCHEMA = 'provisioning_integrations';

const DDL = `
  CREATE TABLE integration (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    slug text NOT NULL,
    models text[] NOT NULL,
    deleted boolean NOT NULL
  )`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['integration-'], recorded);
  switch (event?.type) {
    case 'IntegrationConnected': {
      const { integrationId, organizationId, slug, models } = event.data;
      const names = models.map(({ name }) => name);
      const values = [integrationId, organizationId, slug, names];
      await tx.query(
        'INSERT INTO integration (id, organization_id, slug, models, deleted) VALUES ($1, $2, $3, $4, false)',
        values,
      );
      return;
    }
    case 'IntegrationDeleted': {
      const { integrationId } = event.data;
      await tx.query('UPDATE integration SET deleted = true WHERE id = $1', [integrationId]);
      return;
    }
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

/** What commands and lists need to know of the registry's integrations, off the bus. */
export const integrationsProjection: Projection = {
  name: 'integrations',
  schema: INTEGRATIONS_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents] },
  version: 1,
  ddl: DDL,
  apply,
};
