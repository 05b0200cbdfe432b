import {
  type AccessScope,
  apiKeyId,
  type Clock,
  isWorkspaceRole,
  type KeyRole,
  organizationId,
  sessionId,
  scopesOfKey,
  workspaceId,
} from '@gatehouse/kernel';
import type { Principal } from '@gatehouse/grpc';
import { rethrow } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { ApiKeys } from './key-lookups';

interface Row {
  /** Of what was presented. */
  readonly hash: Buffer;
  readonly secret_hash: Buffer;
  /** Null where a key was presented. */
  readonly session_id: string | null;
  readonly api_key_id: string;
  readonly organization_id: string;
  readonly workspace_id: string;
  readonly role: KeyRole;
  readonly scopes: AccessScope[];
  readonly limited: boolean;
  readonly all_models: boolean;
  readonly expires_at: Date | null;
}

/**
 * Keys as the service's own projection has them, also by the tokens of their sessions, which end with the secret that they were made
 * with; revoked ones, those that have ended by the clock, and those of archived
 * workspaces, are as good as unknown.
 */
export class PostgresApiKeys extends ApiKeys {
  private readonly sql: string;

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    schema: string,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
    this.sql = `
      SELECT presented.hash, s.hash AS secret_hash, presented.session_id, k.*
      FROM (
        SELECT hash, hash AS secret_hash, NULL AS session_id FROM ${schema}.api_key_secret WHERE hash = ANY($1)
        UNION ALL
        SELECT hash, secret_hash, session_id FROM ${schema}.session WHERE hash = ANY($1) AND expires_at > $2
      ) presented
      JOIN ${schema}.api_key_secret s ON s.hash = presented.secret_hash
      JOIN ${schema}.api_key k USING (api_key_id)
      WHERE NOT k.revoked
        AND (s.ends_at IS NULL OR s.ends_at > $2) AND (k.expires_at IS NULL OR k.expires_at > $2)
        AND NOT EXISTS (SELECT FROM ${schema}.archived_workspace a WHERE a.workspace_id = k.workspace_id)`;
  }

  async findAll(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const values = [hashes.map((hash) => Buffer.from(hash, 'hex')), this.clock.now()];
    const { rows } = await this.pool.query<Row>(this.sql, values).catch(rethrow);
    return new Map(rows.map((row) => [row.hash.toString('hex'), fromRowApiKey(row)]));
  }
}

const fromRowApiKey = (row: Row): Principal => {
  const { role } = row;
  const key = {
    keyId: apiKeyId(row.api_key_id),
    organizationId: organizationId(row.organization_id),
    scopes: scopesOfKey(role, row.scopes),
    bounded: row.limited || !row.all_models,
    ...(row.expires_at && { expiresAt: row.expires_at }),
    ...(row.session_id !== null && { sessionId: sessionId(row.session_id) }),
    secretHash: row.secret_hash.toString('hex'),
  };
  return isWorkspaceRole(role)
    ? { kind: 'workspaceKey', ...key, role, workspaceId: workspaceId(row.workspace_id) }
    : { kind: 'organizationKey', ...key, role };
};
