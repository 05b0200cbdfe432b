import type { RecordedEvent } from '@gatehouse/event-store';
import type { LimitSpec } from '@gatehouse/kernel';
import type { Projection, Tx } from '@gatehouse/projections';
import { typeV1 } from '@gatehouse/proto-gen';
import { ROLLOUTS } from '../../app/auto-provision/auto-provision.ports';
import type { AutoProvisionPolicySet } from '../../domain/auto-provision/auto-provision.events';
import type { WorkspaceCreated } from '../../domain/workspace/workspace.events';
import { decodeOwnEvent } from '../events/own-events';
import { toProtoSpecs } from '../events/recorded-limits';

export const ROLLOUTS_SCHEMA = 'provisioning_rollouts';

/**
 * Work that process managers have, made of events in the order of the log: a workspace awaits what the policies gave that
 * were on before its creation, as they were then. A provision that was made is awaited no more, nor is
 * any by a workspace that was archived.
 */
const DDL = `
  CREATE TABLE policy (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    -- on, off, or ended with its integration.
    status text NOT NULL,
    limits jsonb NOT NULL,
    all_models boolean NOT NULL,
    model_names text[] NOT NULL,
    revision bigint NOT NULL,
    -- When and at which position it was first set.
    created_at timestamptz NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX policy_of_organization ON policy (organization_id, position);
  CREATE TABLE awaited (
    workspace_id text NOT NULL,
    integration_id text NOT NULL,
    organization_id text NOT NULL,
    limits jsonb NOT NULL,
    all_models boolean NOT NULL,
    model_names text[] NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL,
    PRIMARY KEY (workspace_id, integration_id)
  );
  CREATE INDEX awaited_of_integration ON awaited (integration_id)`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = decodeOwnEvent(recorded);
  switch (event?.type) {
    case 'WorkspaceCreated':
      return awaitProvisions(tx, event, recorded);
    case 'WorkspaceArchived':
      await tx.query('DELETE FROM awaited WHERE workspace_id = $1', [event.workspaceId]);
      return;
    case 'IntegrationProvisioned':
      await tx.query('DELETE FROM awaited WHERE workspace_id = $1 AND integration_id = $2', [
        event.workspaceId,
        event.integrationId,
      ]);
      return;
    case 'AutoProvisionPolicySet':
      return setPolicy(tx, event, recorded);
    case 'AutoProvisionTurnedOff':
      return endPolicy(tx, event.integrationId, 'off', recorded);
    case 'AutoProvisionEnded':
      await tx.query('DELETE FROM awaited WHERE integration_id = $1', [event.integrationId]);
      return endPolicy(tx, event.integrationId, 'ended', recorded);
    case undefined:
    case 'OrganizationCreated':
    case 'WorkspaceNameReserved':
    case 'WorkspaceNameReleased':
    case 'WorkspaceSlugReserved':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'WorkspaceLimitsChanged':
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
    case 'ApiKeyIssued':
    case 'ApiKeyRevoked':
      return;
  }
};

const awaitProvisions = async (
  tx: Tx,
  { workspaceId, organizationId }: WorkspaceCreated,
  { id, metadata }: RecordedEvent,
): Promise<void> => {
  await tx.query(
    `INSERT INTO awaited (workspace_id, integration_id, organization_id, limits, all_models, model_names,
       reason, correlation_id, causation_id)
     SELECT $1, integration_id, organization_id, limits, all_models, model_names, $3, $4, $5
     FROM policy WHERE organization_id = $2 AND status = 'on'`,
    [workspaceId, organizationId, metadata.reason, metadata.correlationId, id],
  );
};

const setPolicy = async (
  tx: Tx,
  { integrationId, organizationId, limits, models }: AutoProvisionPolicySet,
  { revision, recordedAt, position }: RecordedEvent,
): Promise<void> => {
  await tx.query(
    `INSERT INTO policy (integration_id, organization_id, status, limits, all_models, model_names, revision, created_at,
       position)
     VALUES ($1, $2, 'on', $3, $4, $5, $6, $7, $8)
     ON CONFLICT (integration_id) DO UPDATE SET status = excluded.status, limits = excluded.limits,
       all_models = excluded.all_models, model_names = excluded.model_names, revision = excluded.revision`,
    [
      ...[integrationId, organizationId, toJsonSpecs(limits)],
      ...[models.all, models.all ? [] : models.names, revision, recordedAt, position],
    ],
  );
};

const endPolicy = async (
  tx: Tx,
  integrationId: string,
  status: 'off' | 'ended',
  { revision }: RecordedEvent,
): Promise<void> => {
  const sql = 'UPDATE policy SET status = $2, revision = $3 WHERE integration_id = $1';
  await tx.query(sql, [integrationId, status, revision]);
};

const toJsonSpecs = (limits: readonly LimitSpec[]): string =>
  JSON.stringify(toProtoSpecs(limits).map((limit) => typeV1.Limit.toJSON(limit)));

/** What process managers have still to do for many workspaces. */
export const rolloutsProjection: Projection = {
  name: ROLLOUTS,
  schema: ROLLOUTS_SCHEMA,
  source: { kind: 'store', streamPrefixes: ['workspace-', 'provision-', 'autoprovision-'] },
  version: 1,
  ddl: DDL,
  apply,
};
