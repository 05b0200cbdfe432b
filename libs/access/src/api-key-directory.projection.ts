import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { Projection, ProjectionSource, Tx } from '@gatehouse/projections';
import type { eventsV1 } from '@gatehouse/proto-gen';
import { type ServiceName, TOPICS } from '@gatehouse/topology';
import { fromProtoKeyRole } from './key-roles';

const PREFIXES = ['apikey-', 'sessions-', 'workspace-'] as const;

/** Where a service hears of keys, their sessions and their workspaces: provisioning and audit from the log, the others from the bus. */
export const API_KEY_SOURCES = {
  store: { kind: 'store', streamPrefixes: PREFIXES },
  bus: { kind: 'bus', topics: [TOPICS.provisioningEvents], streamPrefixes: PREFIXES },
} as const satisfies Record<string, ProjectionSource>;

const DDL = `
  CREATE TABLE api_key (
    api_key_id text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id text NOT NULL,
    role text NOT NULL,
    scopes text[] NOT NULL,
    limited boolean NOT NULL,
    all_models boolean NOT NULL,
    expires_at timestamptz,
    revoked boolean NOT NULL
  );
  -- What a key is known by: its newest secret has no end of its own, and the one before it has.
  CREATE TABLE api_key_secret (
    hash bytea PRIMARY KEY,
    api_key_id text NOT NULL,
    ends_at timestamptz
  );
  CREATE INDEX api_key_secret_of_key ON api_key_secret (api_key_id);
  -- Bound to a secret of the key, whichever is heard of first.
  CREATE TABLE session (
    hash bytea PRIMARY KEY,
    session_id text NOT NULL,
    api_key_id text NOT NULL,
    secret_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX session_of_key ON session (api_key_id);
  -- Their keys open nothing, whenever they were issued.
  CREATE TABLE archived_workspace (workspace_id text PRIMARY KEY)`;

export const apiKeySchema = (service: ServiceName): string => `${service}_access`;

/** Each service's own view of the keys: it checks presented keys against this and asks nobody. */
export const apiKeyDirectory = (service: ServiceName, source: ProjectionSource): Projection => ({
  name: 'access',
  schema: apiKeySchema(service),
  version: 5,
  ddl: DDL,
  source,
  apply,
});

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(PREFIXES, recorded);
  switch (event?.type) {
    case 'ApiKeyIssued':
      return issued(tx, event.data);
    case 'ApiKeyRotated':
      return rotated(tx, event.data);
    case 'ApiKeyLimitsChanged': {
      const { apiKeyId, limits } = event.data;
      const sql = 'UPDATE api_key SET limited = $2 WHERE api_key_id = $1';
      await tx.query(sql, [apiKeyId, limits.length > 0]);
      return;
    }
    case 'ApiKeyModelsChanged': {
      const { apiKeyId, models } = event.data;
      await tx.query('UPDATE api_key SET all_models = $2 WHERE api_key_id = $1', [
        apiKeyId,
        models?.all ?? true,
      ]);
      return;
    }
    case 'ApiKeyRevoked': {
      const { apiKeyId } = event.data;
      await tx.query('UPDATE api_key SET revoked = true WHERE api_key_id = $1', [apiKeyId]);
      return;
    }
    case 'SessionBegan':
      return sessionBegan(tx, event.data);
    case 'SessionEnded': {
      const { apiKeyId, sessionId } = event.data;
      await tx.query('DELETE FROM session WHERE api_key_id = $1 AND session_id = $2', [apiKeyId, sessionId]);
      return;
    }
    case 'SessionsEnded':
      await tx.query('DELETE FROM session WHERE api_key_id = $1', [event.data.apiKeyId]);
      return;
    case 'WorkspaceArchived':
      await tx.query('INSERT INTO archived_workspace (workspace_id) VALUES ($1)', [event.data.workspaceId]);
      return;
    case 'SignInLinkMade':
    case 'WorkspaceCreated':
    case 'WorkspaceConnectingSet':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceKeyLimitsChanged':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case undefined:
      return;
  }
};

const issued = async (tx: Tx, key: eventsV1.ApiKeyIssued): Promise<void> => {
  const role = fromProtoKeyRole(key.role);
  // Whoever does not know what a key opens lets nobody in with it.
  if (role === undefined) return;
  await tx.query(
    `INSERT INTO api_key (api_key_id, organization_id, workspace_id, role, scopes, limited, all_models, expires_at, revoked)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false)`,
    [
      ...[key.apiKeyId, key.organizationId, key.workspaceId, role, key.scopes],
      ...[key.limits.length > 0, key.models?.all ?? true, key.expiresAt ?? null],
    ],
  );
  await tx.query('INSERT INTO api_key_secret (hash, api_key_id) VALUES ($1, $2)', [
    Buffer.from(key.hash),
    key.apiKeyId,
  ]);
};

/** Those of the key that are over by then are forgotten. */
const sessionBegan = async (tx: Tx, session: eventsV1.SessionBegan): Promise<void> => {
  const { apiKeyId, beganAt } = session;
  await tx.query('DELETE FROM session WHERE api_key_id = $1 AND expires_at <= $2', [apiKeyId, beganAt]);
  await tx.query(
    'INSERT INTO session (hash, session_id, api_key_id, secret_hash, expires_at) VALUES ($1, $2, $3, $4, $5)',
    [
      ...[Buffer.from(session.hash), session.sessionId, apiKeyId, Buffer.from(session.secretHash)],
      session.expiresAt,
    ],
  );
};

const rotated = async (tx: Tx, { apiKeyId, hash, earlierEndsAt }: eventsV1.ApiKeyRotated): Promise<void> => {
  await tx.query('DELETE FROM api_key_secret WHERE api_key_id = $1 AND ends_at IS NOT NULL', [apiKeyId]);
  await tx.query('UPDATE api_key_secret SET ends_at = $2 WHERE api_key_id = $1', [apiKeyId, earlierEndsAt]);
  await tx.query('INSERT INTO api_key_secret (hash, api_key_id) VALUES ($1, $2)', [
    Buffer.from(hash),
    apiKeyId,
  ]);
};
