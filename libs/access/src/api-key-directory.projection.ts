import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { Projection, ProjectionSource, Tx } from '@gatehouse/projections';
import { type ServiceName, TOPICS } from '@gatehouse/topology';
import { fromProtoKeyRole } from './key-roles';

/** Where a service hears of keys and their workspaces: provisioning and audit from the log, the others from the bus. */
export const API_KEY_SOURCES = {
  store: { kind: 'store', streamPrefixes: ['apikey-', 'workspace-'] },
  bus: { kind: 'bus', topics: [TOPICS.provisioningEvents] },
} as const satisfies Record<string, ProjectionSource>;

const DDL = `
  CREATE TABLE api_key (
    hash bytea PRIMARY KEY,
    api_key_id text NOT NULL UNIQUE,
    organization_id text NOT NULL,
    workspace_id text NOT NULL,
    role text NOT NULL,
    revoked boolean NOT NULL
  );
  -- Their keys open nothing, whenever they were issued.
  CREATE TABLE archived_workspace (workspace_id text PRIMARY KEY)`;

export const apiKeySchema = (service: ServiceName): string => `${service}_access`;

/** Each service's own view of the keys: it checks presented keys against this and asks nobody. */
export const apiKeyDirectory = (service: ServiceName, source: ProjectionSource): Projection => ({
  name: 'access',
  schema: apiKeySchema(service),
  version: 3,
  ddl: DDL,
  source,
  apply,
});

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['apikey-', 'workspace-'], recorded);
  switch (event?.type) {
    case 'ApiKeyIssued': {
      const issued = event.data;
      const role = fromProtoKeyRole(issued.role);
      // Whoever does not know what a key opens lets nobody in with it.
      if (role === undefined) return;
      await tx.query(
        `INSERT INTO api_key (hash, api_key_id, organization_id, workspace_id, role, revoked)
         VALUES ($1, $2, $3, $4, $5, false)`,
        [Buffer.from(issued.hash), issued.apiKeyId, issued.organizationId, issued.workspaceId, role],
      );
      return;
    }
    case 'ApiKeyRevoked': {
      const { apiKeyId } = event.data;
      await tx.query('UPDATE api_key SET revoked = true WHERE api_key_id = $1', [apiKeyId]);
      return;
    }
    case 'WorkspaceArchived':
      await tx.query('INSERT INTO archived_workspace (workspace_id) VALUES ($1)', [event.data.workspaceId]);
      return;
    case 'WorkspaceCreated':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case undefined:
      return;
  }
};
