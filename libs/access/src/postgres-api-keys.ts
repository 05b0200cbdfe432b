import {
  apiKeyId,
  isWorkspaceRole,
  type KeyRole,
  organizationId,
  scopesOfKey,
  workspaceId,
} from '@gatehouse/kernel';
import type { Principal } from '@gatehouse/grpc';
import { rethrow } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { ApiKeys } from './key-lookups';

interface Row {
  readonly hash: Buffer;
  readonly api_key_id: string;
  readonly organization_id: string;
  readonly workspace_id: string;
  readonly role: KeyRole;
}

/** Keys as the service's own projection has them; revoked ones, and those of archived workspaces, are as good as unknown. */
export class PostgresApiKeys extends ApiKeys {
  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly schema: string,
  ) {
    super();
  }

  async findAll(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const { rows } = await this.pool
      .query<Row>(
        `SELECT hash, api_key_id, organization_id, workspace_id, role FROM ${this.schema}.api_key
         WHERE hash = ANY($1) AND NOT revoked
           AND NOT EXISTS (SELECT FROM ${this.schema}.archived_workspace a WHERE a.workspace_id = api_key.workspace_id)`,
        [hashes.map((hash) => Buffer.from(hash, 'hex'))],
      )
      .catch(rethrow);
    return new Map(rows.map((row) => [row.hash.toString('hex'), fromRowApiKey(row)]));
  }
}

const fromRowApiKey = (row: Row): Principal => {
  const { role } = row;
  const key = {
    keyId: apiKeyId(row.api_key_id),
    organizationId: organizationId(row.organization_id),
    scopes: scopesOfKey(role, []),
  };
  return isWorkspaceRole(role)
    ? { kind: 'workspaceKey', ...key, role, workspaceId: workspaceId(row.workspace_id) }
    : { kind: 'organizationKey', ...key, role };
};
