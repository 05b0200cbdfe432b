import type { RecordedEvent } from '@gatehouse/event-store';
import type { Limit, ModelAccess } from '@gatehouse/kernel';
import { inRuns, insertRows, type Projection, type Tx } from '@gatehouse/projections';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { DIRECTORY } from '../../app/directory.ports';
import { type ApiKeyEvent, type ApiKeyIssued, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { ProvisionNamed } from '../../domain/provision-names/provision-names.events';
import type { IntegrationProvisioned, ProvisionEvent } from '../../domain/provision/provision.events';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import type { WorkspaceDetails, WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { decodeOwnEvent, OWN_STREAM_PREFIXES, type OwnEvent } from '../events/own-events';
import { toProtoLimits } from '../events/recorded-limits';
import { toProtoDetails } from '../events/workspace-details';

export const DIRECTORY_SCHEMA = 'provisioning_directory';

/** `position` is that of the first event: lists are in its order. */
const DDL = `
  CREATE TABLE organization (
    id text PRIMARY KEY,
    name text NOT NULL,
    -- Whether admins of workspaces may connect integrations, where a workspace does not say otherwise.
    workspaces_connect boolean NOT NULL DEFAULT true,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE TABLE workspace (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    details jsonb NOT NULL,
    limits jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    -- Whether its admins may connect integrations; null: as the organization says.
    connects boolean,
    position bigint NOT NULL
  );
  CREATE INDEX workspace_of_organization ON workspace (organization_id, position);
  -- Names that are reserved, and which no workspace bears yet, or any more.
  CREATE TABLE unsettled_workspace_name (
    organization_id text NOT NULL,
    name text NOT NULL,
    workspace_id text NOT NULL,
    PRIMARY KEY (organization_id, name)
  );
  CREATE TABLE provision (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id text NOT NULL,
    integration_id text NOT NULL,
    enabled boolean NOT NULL,
    limits jsonb NOT NULL,
    all_models boolean NOT NULL,
    model_names text[] NOT NULL,
    expires_at timestamptz,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX provision_of_organization ON provision (organization_id, position);
  CREATE INDEX provision_of_workspace ON provision (workspace_id, position);
  CREATE INDEX provision_of_integration ON provision (integration_id, position);
  -- What provisions are called that are not called as their integrations are, also such as were not made; null: as those.
  CREATE TABLE provision_name (
    provision_id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id text NOT NULL,
    integration_id text NOT NULL,
    slug text,
    name text
  );
  CREATE INDEX provision_name_of_workspace ON provision_name (workspace_id, slug);
  CREATE TABLE api_key (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id text,
    role text NOT NULL,
    name text NOT NULL,
    revoked boolean NOT NULL,
    limits jsonb NOT NULL,
    revision bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    pepper_id text NOT NULL,
    -- Null for keys of services.
    member_id text,
    prefix text NOT NULL,
    scopes text[] NOT NULL,
    all_models boolean NOT NULL,
    model_names text[] NOT NULL,
    expires_at timestamptz,
    earlier_ends_at timestamptz,
    rotate_every_days integer,
    rotation_due_at timestamptz,
    position bigint NOT NULL
  );
  CREATE INDEX api_key_of_organization ON api_key (organization_id, position);
  CREATE INDEX api_key_of_workspace ON api_key (workspace_id, position);
  CREATE INDEX api_key_of_member ON api_key (member_id) WHERE NOT revoked`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = decodeOwnEvent(recorded);
  if (!event) return;
  if (event.type === 'IntegrationProvisioned') return addProvisions(tx, [recorded]);
  for (const [sql, ...values] of statementsOf(event, recorded)) await tx.query(sql, values);
};

/** SQL and its values. */
type Statement = readonly [sql: string, ...values: unknown[]];

const statementsOf = (
  event: Exclude<OwnEvent, IntegrationProvisioned>,
  recorded: RecordedEvent,
): readonly Statement[] => {
  switch (event.type) {
    case 'OrganizationCreated': {
      const values = [event.organizationId, event.name, recorded.revision, recorded.recordedAt];
      const sql = 'INSERT INTO organization (id, name, revision, created_at) VALUES ($1, $2, $3, $4)';
      return [[sql, ...values]];
    }
    case 'WorkspaceNameReserved':
    case 'WorkspaceNameReleased':
      return [nameStatement(event)];
    case 'OrganizationApprovalChanged':
    case 'OrganizationLimitsChanged': {
      const sql = 'UPDATE organization SET revision = $2 WHERE id = $1';
      return [[sql, event.organizationId, recorded.revision]];
    }
    case 'WorkspacesConnectingSet': {
      const sql = 'UPDATE organization SET workspaces_connect = $2, revision = $3 WHERE id = $1';
      return [[sql, event.organizationId, event.allowed, recorded.revision]];
    }
    case 'IntegrationLimitsChanged':
    case 'WorkspaceSlugReserved':
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
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
    case 'AutoProvisionPolicySet':
    case 'AutoProvisionTurnedOff':
    case 'AutoProvisionEnded':
    case 'BulkProvisionRequested':
    case 'BulkProvisionCarriedOut':
    case 'BulkProvisionCompleted':
      return [];
    case 'WorkspaceCreated':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'WorkspaceArchived':
    case 'WorkspaceConnectingSet':
    case 'WorkspaceKeyLimitsChanged':
      return workspaceStatements(event, recorded);
    case 'ApiKeyIssued':
    case 'ApiKeyRotated':
    case 'ApiKeyLimitsChanged':
    case 'ApiKeyModelsChanged':
    case 'ApiKeyRevoked':
      return [apiKeyStatement(event, recorded)];
    case 'ProvisionNamed':
      return [provisionNameStatement(event)];
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
      return [provisionStatement(event, recorded)];
  }
};

const provisionNameStatement = (event: ProvisionNamed): Statement => {
  const { provisionId, organizationId, workspaceId, integrationId, slug = null, name = null } = event;
  return [
    `INSERT INTO provision_name (provision_id, organization_id, workspace_id, integration_id, slug, name)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provision_id) DO UPDATE SET slug = excluded.slug, name = excluded.name`,
    ...[provisionId, organizationId, workspaceId, integrationId, slug, name],
  ];
};

const nameStatement = (event: WorkspaceNameEvent): Statement => {
  const { organizationId, name, workspaceId } = event;
  return event.type === 'WorkspaceNameReserved'
    ? [
        `INSERT INTO unsettled_workspace_name (organization_id, name, workspace_id) VALUES ($1, $2, $3)`,
        ...[organizationId, name, workspaceId],
      ]
    : [settled('$1', '$2'), organizationId, name];
};

const settled = (organizationId: string, name: string): string =>
  `DELETE FROM unsettled_workspace_name WHERE organization_id = ${organizationId} AND name = ${name}`;

const workspaceStatements = (
  event: WorkspaceEvent,
  { revision, recordedAt, position }: RecordedEvent,
): readonly Statement[] => {
  const { workspaceId } = event;
  switch (event.type) {
    case 'WorkspaceCreated': {
      const { organizationId, name, slug, details, limits } = event;
      return [
        [settled('$1', '$2'), organizationId, name],
        [
          `INSERT INTO workspace (id, organization_id, name, slug, details, limits, revision, created_at, position)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          ...[workspaceId, organizationId, name, slug, toJsonDetails(details), toJsonLimits(limits)],
          ...[revision, recordedAt, position],
        ],
      ];
    }
    case 'WorkspaceLimitsChanged': {
      const sql = 'UPDATE workspace SET limits = $2, revision = $3 WHERE id = $1';
      return [[sql, workspaceId, toJsonLimits(event.limits), revision]];
    }
    case 'WorkspaceRenamed': {
      const organization = '(SELECT organization_id FROM workspace WHERE id = $1)';
      return [
        [
          `INSERT INTO unsettled_workspace_name (organization_id, name, workspace_id)
           SELECT organization_id, name, id FROM workspace WHERE id = $1`,
          workspaceId,
        ],
        [settled(organization, '$2'), workspaceId, event.name],
        ['UPDATE workspace SET name = $2, revision = $3 WHERE id = $1', workspaceId, event.name, revision],
      ];
    }
    case 'WorkspaceDescribed': {
      const sql = 'UPDATE workspace SET details = $2, revision = $3 WHERE id = $1';
      return [[sql, workspaceId, toJsonDetails(event.details), revision]];
    }
    case 'WorkspaceArchived': {
      const sql = 'UPDATE workspace SET archived_at = $2, revision = $3 WHERE id = $1';
      return [[sql, workspaceId, event.archivedAt, revision]];
    }
    case 'WorkspaceConnectingSet': {
      const sql = 'UPDATE workspace SET connects = $2, revision = $3 WHERE id = $1';
      return [[sql, workspaceId, event.allowed ?? null, revision]];
    }
    case 'WorkspaceKeyLimitsChanged':
      return [['UPDATE workspace SET revision = $2 WHERE id = $1', event.workspaceId, revision]];
  }
};

const provisionRow = (recorded: RecordedEvent) => {
  const event = decodeOwnEvent(recorded);
  if (event?.type !== 'IntegrationProvisioned') throw new Error(`${recorded.type} makes no provision`);
  const { provisionId, organizationId, workspaceId, integrationId, limits, models, expiresAt } = event;
  const { revision, recordedAt, position } = recorded;
  const [all, names] = accessColumns(models);
  return {
    id: provisionId,
    organization_id: organizationId,
    workspace_id: workspaceId,
    integration_id: integrationId,
    enabled: true,
    limits: jsonLimits(limits),
    all_models: all,
    model_names: names,
    expires_at: expiresAt,
    revision,
    created_at: recordedAt,
    position,
  };
};

const addProvisions = (tx: Tx, run: readonly RecordedEvent[]): Promise<void> =>
  insertRows(tx, 'provision', run.map(provisionRow));

const provisionStatement = (
  event: Exclude<ProvisionEvent, IntegrationProvisioned>,
  { revision }: RecordedEvent,
): Statement => {
  switch (event.type) {
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised': {
      const sql = 'UPDATE provision SET limits = $2, revision = $3 WHERE id = $1';
      return [sql, event.provisionId, toJsonLimits(event.limits), revision];
    }
    case 'ProvisionExpiryChanged': {
      const sql = 'UPDATE provision SET expires_at = $2, revision = $3 WHERE id = $1';
      return [sql, event.provisionId, event.expiresAt ?? null, revision];
    }
    case 'ModelsAllowed': {
      const sql = 'UPDATE provision SET all_models = $2, model_names = $3, revision = $4 WHERE id = $1';
      return [sql, event.provisionId, ...accessColumns(event.models), revision];
    }
    case 'ProvisionEnabled':
    case 'ProvisionDisabled': {
      const sql = 'UPDATE provision SET enabled = $2, revision = $3 WHERE id = $1';
      return [sql, event.provisionId, event.type === 'ProvisionEnabled', revision];
    }
  }
};

const apiKeyStatement = (event: ApiKeyEvent, recorded: RecordedEvent): Statement => {
  const { revision } = recorded;
  switch (event.type) {
    case 'ApiKeyIssued':
      return issuedStatement(event, recorded);
    case 'ApiKeyRotated': {
      const { apiKeyId, pepperId, prefix, earlierEndsAt } = event;
      const sql = `UPDATE api_key SET pepper_id = $2, prefix = $3, earlier_ends_at = $4, revision = $5,
        rotate_every_days = $6, rotation_due_at = $7 WHERE id = $1`;
      return [sql, apiKeyId, pepperId, prefix, earlierEndsAt, revision, ...rotationColumns(event)];
    }
    case 'ApiKeyLimitsChanged': {
      const sql = 'UPDATE api_key SET limits = $2, revision = $3 WHERE id = $1';
      return [sql, event.apiKeyId, toJsonLimits(event.limits), revision];
    }
    case 'ApiKeyModelsChanged': {
      const sql = 'UPDATE api_key SET all_models = $2, model_names = $3, revision = $4 WHERE id = $1';
      return [sql, event.apiKeyId, ...accessColumns(event.models), revision];
    }
    case 'ApiKeyRevoked':
      return ['UPDATE api_key SET revoked = true, revision = $2 WHERE id = $1', event.apiKeyId, revision];
  }
};

const issuedStatement = (
  event: ApiKeyIssued,
  { revision, recordedAt, position }: RecordedEvent,
): Statement => {
  const { apiKeyId, organizationId, reach, name, limits, pepperId, memberId, prefix, scopes, models } = event;
  return [
    `INSERT INTO api_key (id, organization_id, workspace_id, name, revoked, limits, revision, issued_at, position,
       pepper_id, role, member_id, prefix, scopes, all_models, model_names, expires_at, rotate_every_days, rotation_due_at)
     VALUES ($1, $2, $3, $4, false, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    ...[apiKeyId, organizationId, workspaceOfReach(reach) ?? null, name, toJsonLimits(limits), revision],
    ...[recordedAt, position, pepperId, reach.role, memberId ?? null, prefix, scopes],
    ...[...accessColumns(models), event.expiresAt ?? null, ...rotationColumns(event)],
  ];
};

const rotationColumns = ({
  rotation,
}: Pick<ApiKeyIssued, 'rotation'>): readonly [everyDays: number | null, dueAt: Date | null] =>
  rotation ? [rotation.everyDays, rotation.dueAt] : [null, null];

const accessColumns = (models: ModelAccess): readonly [all: boolean, names: readonly string[]] =>
  models.all ? [true, []] : [false, models.names];

const toJsonDetails = (details: WorkspaceDetails): string =>
  JSON.stringify(provisioningV1.WorkspaceDetails.toJSON(toProtoDetails(details)));

const jsonLimits = (limits: readonly Limit[]): readonly unknown[] =>
  toProtoLimits(limits).map((limit) => typeV1.Limit.toJSON(limit));

const toJsonLimits = (limits: readonly Limit[]): string => JSON.stringify(jsonLimits(limits));

/** Organizations, workspaces, provisions and keys as commands left them, for the RPCs that read. */
export const directoryProjection: Projection = {
  name: DIRECTORY,
  schema: DIRECTORY_SCHEMA,
  source: { kind: 'store', streamPrefixes: OWN_STREAM_PREFIXES },
  version: 11,
  ddl: DDL,
  apply,
  applyAll: inRuns({ type: 'IntegrationProvisioned', applyRun: addProvisions, apply }),
};
