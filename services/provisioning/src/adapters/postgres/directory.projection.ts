import type { RecordedEvent } from '@gatehouse/event-store';
import type { Limit } from '@gatehouse/kernel';
import type { Projection, Tx } from '@gatehouse/projections';
import { typeV1 } from '@gatehouse/proto-gen';
import { DIRECTORY } from '../../app/directory.ports';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import type { ModelAccess, ProvisionEvent } from '../../domain/provision/provision.events';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { decodeOwnEvent, OWN_STREAM_PREFIXES, type OwnEvent } from '../events/own-events';
import { toProtoLimits } from '../events/recorded-limits';

export const DIRECTORY_SCHEMA = 'provisioning_directory';

/** `position` is that of the first event: lists are in its order. */
const DDL = `
  CREATE TABLE organization (
    id text PRIMARY KEY,
    name text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE TABLE workspace (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    name text NOT NULL,
    limits jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX workspace_of_organization ON workspace (organization_id, position);
  CREATE TABLE unfinished_workspace (
    workspace_id text PRIMARY KEY,
    organization_id text NOT NULL,
    name text NOT NULL
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
  CREATE TABLE api_key (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id text,
    name text NOT NULL,
    revoked boolean NOT NULL,
    limits jsonb NOT NULL,
    revision bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    pepper_id text NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX api_key_of_organization ON api_key (organization_id, position);
  CREATE INDEX api_key_of_workspace ON api_key (workspace_id, position)`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = decodeOwnEvent(recorded);
  if (!event) return;
  for (const [sql, ...values] of statementsOf(event, recorded)) await tx.query(sql, values);
};

/** SQL and its values. */
type Statement = readonly [sql: string, ...values: unknown[]];

const statementsOf = (event: OwnEvent, recorded: RecordedEvent): readonly Statement[] => {
  switch (event.type) {
    case 'OrganizationCreated': {
      const values = [event.organizationId, event.name, recorded.revision, recorded.recordedAt];
      const sql = 'INSERT INTO organization (id, name, revision, created_at) VALUES ($1, $2, $3, $4)';
      return [[sql, ...values]];
    }
    case 'WorkspaceNameReserved':
      return [
        [
          `INSERT INTO unfinished_workspace (workspace_id, organization_id, name)
           SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM workspace WHERE id = $1)
           ON CONFLICT DO NOTHING`,
          ...[event.workspaceId, event.organizationId, event.name],
        ],
      ];
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
      return [];
    case 'WorkspaceCreated':
    case 'WorkspaceLimitsChanged':
      return workspaceStatements(event, recorded);
    case 'ApiKeyIssued':
    case 'ApiKeyRevoked':
      return [apiKeyStatement(event, recorded)];
    case 'IntegrationProvisioned':
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
      return [provisionStatement(event, recorded)];
  }
};

const workspaceStatements = (
  event: WorkspaceEvent,
  { revision, recordedAt, position }: RecordedEvent,
): readonly Statement[] => {
  const limits = toJsonLimits(event.limits);
  switch (event.type) {
    case 'WorkspaceCreated': {
      const { workspaceId, organizationId, name } = event;
      const values = [workspaceId, organizationId, name, limits, revision, recordedAt, position];
      return [
        ['DELETE FROM unfinished_workspace WHERE workspace_id = $1', workspaceId],
        [
          `INSERT INTO workspace (id, organization_id, name, limits, revision, created_at, position)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          ...values,
        ],
      ];
    }
    case 'WorkspaceLimitsChanged': {
      const sql = 'UPDATE workspace SET limits = $2, revision = $3 WHERE id = $1';
      return [[sql, event.workspaceId, limits, revision]];
    }
  }
};

const provisionStatement = (
  event: ProvisionEvent,
  { revision, recordedAt, position }: RecordedEvent,
): Statement => {
  switch (event.type) {
    case 'IntegrationProvisioned': {
      const { provisionId, organizationId, workspaceId, integrationId, limits, models } = event;
      return [
        `INSERT INTO provision (id, organization_id, workspace_id, integration_id, enabled, limits, all_models,
           model_names, revision, created_at, position, expires_at)
         VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11)`,
        ...[provisionId, organizationId, workspaceId, integrationId, toJsonLimits(limits)],
        ...[...accessColumns(models), revision, recordedAt, position, event.expiresAt ?? null],
      ];
    }
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

const apiKeyStatement = (
  event: ApiKeyEvent,
  { revision, recordedAt, position }: RecordedEvent,
): Statement => {
  switch (event.type) {
    case 'ApiKeyIssued': {
      const { apiKeyId, organizationId, scope, name, limits, pepperId } = event;
      const workspaceId = scope.role === 'workspace' ? scope.workspaceId : null;
      return [
        `INSERT INTO api_key (id, organization_id, workspace_id, name, revoked, limits, revision, issued_at, position,
           pepper_id)
         VALUES ($1, $2, $3, $4, false, $5, $6, $7, $8, $9)`,
        ...[
          apiKeyId,
          organizationId,
          workspaceId,
          name,
          toJsonLimits(limits),
          revision,
          recordedAt,
          position,
          pepperId,
        ],
      ];
    }
    case 'ApiKeyRevoked':
      return ['UPDATE api_key SET revoked = true, revision = $2 WHERE id = $1', event.apiKeyId, revision];
  }
};

const accessColumns = (models: ModelAccess): readonly [all: boolean, names: readonly string[]] =>
  models.all ? [true, []] : [false, models.names];

const toJsonLimits = (limits: readonly Limit[]): string =>
  JSON.stringify(toProtoLimits(limits).map((limit) => typeV1.Limit.toJSON(limit)));

/** Organizations, workspaces, provisions and keys as commands left them, for the RPCs that read. */
export const directoryProjection: Projection = {
  name: DIRECTORY,
  schema: DIRECTORY_SCHEMA,
  source: { kind: 'store', streamPrefixes: OWN_STREAM_PREFIXES },
  version: 3,
  ddl: DDL,
  apply,
};
