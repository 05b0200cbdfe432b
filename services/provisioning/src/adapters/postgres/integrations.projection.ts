import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import {
  decidedAfter,
  type Deployment,
  type DeploymentChange,
  deploymentsAfter,
  isModelDecision,
  type ModelDecisions,
} from '@gatehouse/offering';
import {
  fromProtoModelDecisions,
  fromToldDecision,
  type ToldDecision,
  toProtoModelDecisions,
} from '@gatehouse/offering-messages';
import type { Projection, Tx } from '@gatehouse/projections';
import { type eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import type { IntegrationStatus } from '../../app/provision/provision.ports';

export const INTEGRATIONS_SCHEMA = 'provisioning_integrations';

const DDL = `
  CREATE TABLE integration (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    provider text NOT NULL,
    dialect text NOT NULL,
    -- As the messages gatehouse.type.v1.ModelDecisions and Deployment have them.
    model_decisions json NOT NULL,
    deployments json NOT NULL,
    -- connecting, connected, deleted, or refused: it could not be connected with all of its workspaces.
    status text NOT NULL,
    -- Empty for the organization's own.
    owner_workspace_id text NOT NULL
  );
  CREATE INDEX integration_by_slug ON integration (organization_id, slug);
  -- What those are to be provided with that are connecting.
  CREATE TABLE connection (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspaces jsonb NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL
  );
  -- Policies of auto-provision that came with connections. They stay when they are set: policies themselves are elsewhere.
  CREATE TABLE connected_policy (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    -- As the message gatehouse.provisioning.v1.WantedAutoProvision has it.
    policy jsonb NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL
  )`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['integration-'], recorded);
  if (event !== undefined && isModelDecision(event)) return decide(tx, event);
  switch (event?.type) {
    case 'IntegrationConnected': {
      const { integrationId, organizationId, slug, name, provider, dialect, modelDecisions, deployments } =
        event.data;
      const { workspaces, ownerWorkspaceId } = event.data;
      const decisions = toJsonDecisions(fromProtoModelDecisions(modelDecisions));
      const status = workspaces.length > 0 ? 'connecting' : 'connected';
      await tx.query(
        `INSERT INTO integration (id, organization_id, slug, provider, dialect, model_decisions, deployments, status,
           owner_workspace_id, name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          integrationId,
          organizationId,
          slug,
          provider,
          dialect,
          decisions,
          toJsonDeployments(deployments),
          status,
          ownerWorkspaceId,
          name,
        ],
      );
      if (status === 'connecting') await openConnection(tx, recorded, event.data);
      if (event.data.autoProvision) await connectPolicy(tx, recorded, event.data.autoProvision);
      return;
    }
    case 'IntegrationRenamed': {
      const { integrationId, name } = event.data;
      await tx.query('UPDATE integration SET name = $2 WHERE id = $1', [integrationId, name]);
      return;
    }
    case 'IntegrationReconfigured': {
      const { integrationId, dialect } = event.data;
      await tx.query('UPDATE integration SET dialect = $2 WHERE id = $1', [integrationId, dialect]);
      return;
    }
    case 'DeploymentAdded':
    case 'DeploymentChanged': {
      const { integrationId, deployment } = event.data;
      if (deployment === undefined) throw new Error(`${event.type} has no deployment`);
      return redeploy(tx, integrationId, { type: event.type, deployment });
    }
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
      return redeploy(tx, event.data.integrationId, { type: event.type, alias: event.data.alias });
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
    case 'IntegrationDescribed':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
    case 'IntegrationDisabled':
    case 'IntegrationEnabled':
    case 'CredentialRotated':
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

const connectPolicy = async (
  tx: Tx,
  { id, metadata, data }: RecordedEvent,
  policy: provisioningV1.WantedAutoProvision,
): Promise<void> => {
  await tx.query(
    `INSERT INTO connected_policy (integration_id, organization_id, policy, reason, correlation_id, causation_id)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      data['integrationId'],
      metadata.organizationId,
      JSON.stringify(provisioningV1.WantedAutoProvision.toJSON(policy)),
      metadata.reason,
      metadata.correlationId,
      id,
    ],
  );
};

const endConnection = async (tx: Tx, id: string, status: IntegrationStatus): Promise<void> => {
  await tx.query('UPDATE integration SET status = $2 WHERE id = $1', [id, status]);
  await tx.query('DELETE FROM connection WHERE integration_id = $1', [id]);
};
const decide = async (tx: Tx, event: ToldDecision): Promise<void> => {
  const { integrationId } = event.data;
  const { rows } = await tx.query<{ model_decisions: unknown }>(
    'SELECT model_decisions FROM integration WHERE id = $1',
    [integrationId],
  );
  const before = fromJsonDecisions(rows[0]?.model_decisions ?? {});
  const after = toJsonDecisions(decidedAfter(before, fromToldDecision(event)));
  await tx.query('UPDATE integration SET model_decisions = $2 WHERE id = $1', [integrationId, after]);
};

const redeploy = async (tx: Tx, id: string, happened: DeploymentChange): Promise<void> => {
  const { rows } = await tx.query<{ deployments: readonly unknown[] }>(
    'SELECT deployments FROM integration WHERE id = $1',
    [id],
  );
  const after = deploymentsAfter(fromJsonDeployments(rows[0]?.deployments ?? []), happened);
  await tx.query('UPDATE integration SET deployments = $2 WHERE id = $1', [id, toJsonDeployments(after)]);
};

const toJsonDeployments = (deployments: readonly Deployment[]): string =>
  JSON.stringify(deployments.map(typeV1.Deployment.toJSON));

/** As the column has them. */
export const fromJsonDeployments = (deployments: readonly unknown[]): readonly Deployment[] =>
  deployments.map(typeV1.Deployment.fromJSON);

const toJsonDecisions = (decisions: ModelDecisions): string =>
  JSON.stringify(typeV1.ModelDecisions.toJSON(toProtoModelDecisions(decisions)));

/** As the column has them. */
export const fromJsonDecisions = (json: unknown): ModelDecisions =>
  fromProtoModelDecisions(typeV1.ModelDecisions.fromJSON(json));

/** What commands and lists need to know of the registry's integrations, off the bus. */
export const integrationsProjection: Projection = {
  name: 'integrations',
  schema: INTEGRATIONS_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents] },
  version: 5,
  ddl: DDL,
  apply,
};
