import type { RecordedEvent } from '@gatehouse/event-store';
import type { LimitSpec } from '@gatehouse/kernel';
import { inRuns, type Projection, type Tx } from '@gatehouse/projections';
import { typeV1 } from '@gatehouse/proto-gen';
import { ROLLOUTS } from '../../app/auto-provision/auto-provision.ports';
import type {
  AutoProvisionEnded,
  AutoProvisionPolicySet,
  AutoProvisionTurnedOff,
} from '../../domain/auto-provision/auto-provision.events';
import type {
  BulkOutcome,
  BulkProvisionCarriedOut,
  BulkProvisionRequested,
  BulkScope,
} from '../../domain/bulk-provision/bulk-provision.events';
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
  CREATE INDEX awaited_of_integration ON awaited (integration_id);
  -- Those that are not archived, in the order of their creation.
  CREATE TABLE workspace (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX workspace_of_organization ON workspace (organization_id, position);
  -- Policies that were set for existing workspaces too, whose bulk was not requested yet.
  CREATE TABLE unstarted_bulk (
    integration_id text NOT NULL,
    -- Of the policy, as its position.
    revision bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (integration_id, revision)
  );
  CREATE TABLE bulk (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    integration_id text NOT NULL,
    limits jsonb NOT NULL,
    all_models boolean NOT NULL,
    model_names text[] NOT NULL,
    -- keep or override.
    existing text NOT NULL,
    expires_at timestamptz,
    workspaces integer NOT NULL,
    made integer NOT NULL,
    changed integer NOT NULL,
    unchanged integer NOT NULL,
    refused integer NOT NULL,
    done boolean NOT NULL,
    requested_at timestamptz NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL
  );
  CREATE INDEX bulk_open ON bulk (position) WHERE NOT done;
  -- outcome is made, changed, unchanged or refused; null while its turn has not come.
  CREATE TABLE bulk_workspace (
    bulk_id text NOT NULL,
    ordinal integer NOT NULL,
    workspace_id text NOT NULL,
    outcome text,
    reason text NOT NULL,
    PRIMARY KEY (bulk_id, ordinal),
    UNIQUE (bulk_id, workspace_id)
  )`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = decodeOwnEvent(recorded);
  switch (event?.type) {
    case 'WorkspaceCreated':
      return awaitProvisions(tx, event, recorded);
    case 'WorkspaceArchived':
      await tx.query('DELETE FROM workspace WHERE id = $1', [event.workspaceId]);
      await tx.query('DELETE FROM awaited WHERE workspace_id = $1', [event.workspaceId]);
      return;
    case 'IntegrationProvisioned':
      return awaitNoMore(tx, [recorded]);
    case 'AutoProvisionPolicySet':
      return setPolicy(tx, event, recorded);
    case 'AutoProvisionTurnedOff':
      return turnOffPolicy(tx, event, recorded);
    case 'AutoProvisionEnded':
      await tx.query('DELETE FROM awaited WHERE integration_id = $1', [event.integrationId]);
      return endPolicy(tx, event, recorded);
    case 'BulkProvisionRequested':
      return requestBulk(tx, event, recorded);
    case 'BulkProvisionCarriedOut':
      return carryOut(tx, event);
    case 'BulkProvisionCompleted':
      await tx.query('UPDATE bulk SET done = true WHERE id = $1', [event.bulkId]);
      return;
    case undefined:
    case 'OrganizationCreated':
    case 'WorkspacesConnectingSet':
    case 'WorkspaceConnectingSet':
    case 'WorkspaceNameReserved':
    case 'WorkspaceNameReleased':
    case 'WorkspaceSlugReserved':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'OrganizationLimitsChanged':
    case 'IntegrationLimitsChanged':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceKeyLimitsChanged':
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
    case 'ModelsAllowed':
    case 'ProvisionNamed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
    case 'ApiKeyIssued':
    case 'ApiKeyRotated':
    case 'OrganizationApprovalChanged':
    case 'ChangeProposed':
    case 'ProposalApproved':
    case 'ProposalRejected':
    case 'ProposalExpired':
    case 'ProposalCarriedOut':
    case 'ProposalFailed':
    case 'MemberInvited':
    case 'InviteResent':
    case 'InviteCancelled':
    case 'MemberJoined':
    case 'MemberRolesChanged':
    case 'MemberRemoved':
    case 'ApiKeyLimitsChanged':
    case 'ApiKeyModelsChanged':
    case 'ApiKeyRevoked':
      return;
  }
};

const awaitNoMore = async (tx: Tx, run: readonly RecordedEvent[]): Promise<void> => {
  const made = run.map(decodeOwnEvent).filter((event) => event?.type === 'IntegrationProvisioned');
  const sql = `DELETE FROM awaited USING unnest($1::text[], $2::text[]) AS made (workspace_id, integration_id)
    WHERE awaited.workspace_id = made.workspace_id AND awaited.integration_id = made.integration_id`;
  await tx.query(sql, [
    made.map(({ workspaceId }) => workspaceId),
    made.map(({ integrationId }) => integrationId),
  ]);
};

const awaitProvisions = async (
  tx: Tx,
  { workspaceId, organizationId }: WorkspaceCreated,
  { id, position, metadata }: RecordedEvent,
): Promise<void> => {
  await tx.query('INSERT INTO workspace (id, organization_id, position) VALUES ($1, $2, $3)', [
    workspaceId,
    organizationId,
    position,
  ]);
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
  { integrationId, organizationId, limits, models, existing }: AutoProvisionPolicySet,
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
  if (existing === undefined) return;
  const sql = 'INSERT INTO unstarted_bulk (integration_id, revision, position) VALUES ($1, $2, $3)';
  await tx.query(sql, [integrationId, revision, position]);
};

/** One that came with a connection may be turned off before it is set. */
const turnOffPolicy = async (
  tx: Tx,
  { integrationId, organizationId }: AutoProvisionTurnedOff,
  { revision, recordedAt, position }: RecordedEvent,
): Promise<void> => {
  await tx.query(
    `INSERT INTO policy (integration_id, organization_id, status, limits, all_models, model_names, revision, created_at,
       position)
     VALUES ($1, $2, 'off', '[]', true, '{}', $3, $4, $5)
     ON CONFLICT (integration_id) DO UPDATE SET status = excluded.status, revision = excluded.revision`,
    [integrationId, organizationId, revision, recordedAt, position],
  );
};

const endPolicy = async (
  tx: Tx,
  { integrationId }: AutoProvisionEnded,
  { revision }: RecordedEvent,
): Promise<void> => {
  const sql = `UPDATE policy SET status = 'ended', revision = $2 WHERE integration_id = $1`;
  await tx.query(sql, [integrationId, revision]);
};

const requestBulk = async (
  tx: Tx,
  {
    bulkId,
    organizationId,
    integrationId,
    scope,
    limits,
    models,
    existing,
    expiresAt,
  }: BulkProvisionRequested,
  { id, position, recordedAt, metadata }: RecordedEvent,
): Promise<void> => {
  await tx.query(
    `INSERT INTO bulk (id, organization_id, integration_id, limits, all_models, model_names, existing, workspaces, made,
       changed, unchanged, refused, done, requested_at, position, reason, correlation_id, causation_id,
       expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, false, $8, $9, $10, $11, $12, $13)`,
    [
      ...[bulkId, organizationId, integrationId, toJsonSpecs(limits), models.all],
      ...[models.all ? [] : models.names, existing, recordedAt, position],
      ...[metadata.reason, metadata.correlationId, id, expiresAt ?? null],
    ],
  );
  await (scope.kind === 'named'
    ? tx.query(
        `INSERT INTO bulk_workspace (bulk_id, ordinal, workspace_id, reason)
         SELECT $1, ordinal, id, '' FROM unnest($2::text[]) WITH ORDINALITY AS named (id, ordinal)`,
        [bulkId, scope.workspaceIds],
      )
    : tx.query(
        `INSERT INTO bulk_workspace (bulk_id, ordinal, workspace_id, reason)
         SELECT $1, row_number() OVER (ORDER BY position), id, '' FROM workspace
         WHERE organization_id = $2 AND position < $3`,
        [bulkId, organizationId, await untilOf(tx, integrationId, scope, position)],
      ));
  await tx.query(
    'UPDATE bulk SET workspaces = (SELECT count(*) FROM bulk_workspace WHERE bulk_id = $1) WHERE id = $1',
    [bulkId],
  );
};

/** The position before which workspaces were created that it is for. */
const untilOf = async (
  tx: Tx,
  integrationId: string,
  scope: BulkScope,
  requestedAt: bigint,
): Promise<bigint> => {
  if (scope.kind !== 'beforePolicy') return requestedAt;
  const { rows } = await tx.query<{ position: bigint }>(
    'DELETE FROM unstarted_bulk WHERE integration_id = $1 AND revision = $2 RETURNING position',
    [integrationId, scope.revision],
  );
  const [policy] = rows;
  if (!policy)
    throw new Error(`no policy of ${integrationId} waits for a bulk at revision ${scope.revision}`);
  return policy.position;
};

const carryOut = async (tx: Tx, { bulkId, outcomes }: BulkProvisionCarriedOut): Promise<void> => {
  await tx.query(
    `UPDATE bulk_workspace w SET outcome = told.kind, reason = told.reason
     FROM unnest($2::text[], $3::text[], $4::text[]) AS told (workspace_id, kind, reason)
     WHERE w.bulk_id = $1 AND w.workspace_id = told.workspace_id`,
    [
      bulkId,
      outcomes.map((one) => one.workspaceId),
      outcomes.map(({ kind }) => kind),
      outcomes.map((one) => (one.kind === 'refused' ? one.reason : '')),
    ],
  );
  const count = (wanted: BulkOutcome['kind']): number =>
    outcomes.filter(({ kind }) => kind === wanted).length;
  await tx.query(
    `UPDATE bulk SET made = made + $2, changed = changed + $3, unchanged = unchanged + $4, refused = refused + $5
     WHERE id = $1`,
    [bulkId, count('made'), count('changed'), count('unchanged'), count('refused')],
  );
};

const toJsonSpecs = (limits: readonly LimitSpec[]): string =>
  JSON.stringify(toProtoSpecs(limits).map((limit) => typeV1.Limit.toJSON(limit)));

/** What process managers have still to do for many workspaces. */
export const rolloutsProjection: Projection = {
  name: ROLLOUTS,
  schema: ROLLOUTS_SCHEMA,
  source: { kind: 'store', streamPrefixes: ['workspace-', 'provision-', 'autoprovision-', 'bulk-'] },
  version: 3,
  ddl: DDL,
  apply,
  applyAll: inRuns({ type: 'IntegrationProvisioned', applyRun: awaitNoMore, apply }),
};
