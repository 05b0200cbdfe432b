import { type ApiKeyId, type OrganizationId, type ProvisionId, provisionId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { ChangedScopes } from '../../app/preview/preview.ports';
import { DIRECTORY_SCHEMA } from './directory.projection';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';

const LACKING = `
  SELECT w.id FROM ${DIRECTORY_SCHEMA}.workspace w
  WHERE w.organization_id = $1 AND w.archived_at IS NULL AND ($3::text[] IS NULL OR w.id = ANY ($3))
    AND NOT EXISTS (
      SELECT FROM ${DIRECTORY_SCHEMA}.provision p WHERE p.workspace_id = w.id AND p.integration_id = $2)
  ORDER BY w.position LIMIT 10001`;

const OF_KEY = `
  SELECT p.id, coalesce(own.slug, i.slug) AS slug
  FROM ${DIRECTORY_SCHEMA}.api_key k
  JOIN ${DIRECTORY_SCHEMA}.provision p ON p.workspace_id = k.workspace_id
  LEFT JOIN ${DIRECTORY_SCHEMA}.provision_name own ON own.provision_id = p.id
  LEFT JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = p.integration_id
  WHERE k.organization_id = $1 AND k.id = $2 AND i.status <> 'deleted'`;

/** Reads the projections `directory` and `integrations`. */
@Injectable()
export class PostgresChangedScopes extends ChangedScopes {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async lacking(
    organizationId: OrganizationId,
    integrationId: string,
    among: readonly string[] | 'all',
  ): Promise<readonly string[]> {
    const values = [organizationId, integrationId, among === 'all' ? null : among];
    const { rows } = await this.pool.query<{ id: string }>(LACKING, values);
    return rows.map(({ id }) => id);
  }

  async provisionsOfKey(
    organizationId: OrganizationId,
    id: ApiKeyId,
  ): Promise<ReadonlyMap<string, ProvisionId>> {
    const { rows } = await this.pool.query<{ id: string; slug: string | null }>(OF_KEY, [organizationId, id]);
    return new Map(rows.map((row) => [row.slug ?? '', provisionId(row.id)]));
  }

  async workspaceNames(
    organizationId: OrganizationId,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const sql = `SELECT id, name FROM ${DIRECTORY_SCHEMA}.workspace WHERE organization_id = $1 AND id = ANY ($2)`;
    const { rows } = await this.pool.query<{ id: string; name: string }>(sql, [organizationId, ids]);
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
