import { type IntegrationId, type OrganizationId, provisionId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { ProvisionDirectory } from '../../app/integration/integration.ports';
import { dependentsProjection } from './dependents.projection';

const { schema } = dependentsProjection;

/** One whose workspace was not heard of yet counts: it may be heard of first. */
const OF_LIVE_WORKSPACE = `NOT EXISTS (
  SELECT FROM ${schema}.workspace w WHERE w.workspace_id = p.workspace_id AND w.archived)`;

/** Reads the projection `dependents`. */
@Injectable()
export class PostgresProvisionDirectory extends ProvisionDirectory {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async of(organizationId: OrganizationId, id: IntegrationId) {
    const { rows } = await this.pool.query<{ provision_ids: string[]; api_keys: bigint }>(
      `SELECT coalesce(array_agg(p.provision_id ORDER BY p.provision_id), '{}') AS provision_ids,
         coalesce(sum((SELECT count(*) FROM ${schema}.workspace_key k WHERE k.workspace_id = p.workspace_id)), 0)::bigint
           AS api_keys
       FROM ${schema}.provision p WHERE p.organization_id = $1 AND p.integration_id = $2 AND ${OF_LIVE_WORKSPACE}`,
      [organizationId, id],
    );
    const [found] = rows;
    return {
      provisionIds: (found?.provision_ids ?? []).map(provisionId),
      apiKeys: Number(found?.api_keys ?? 0),
    };
  }

  async countsOf(organizationId: OrganizationId, ids: readonly IntegrationId[]) {
    const { rows } = await this.pool.query<{ integration_id: string; workspaces: number; enabled: number }>(
      `SELECT integration_id, count(*)::int AS workspaces, count(*) FILTER (WHERE enabled)::int AS enabled
       FROM ${schema}.provision p WHERE organization_id = $1 AND integration_id = ANY ($2) AND ${OF_LIVE_WORKSPACE}
       GROUP BY integration_id`,
      [organizationId, ids],
    );
    return new Map(rows.map(({ integration_id: id, ...counts }) => [id, counts]));
  }

  async callersOf(organizationId: OrganizationId, id: IntegrationId, models: readonly string[]) {
    if (models.length === 0) return new Map<string, string[]>();
    const { rows } = await this.pool.query<{ model: string; workspace_ids: string[] }>(
      `SELECT model, (array_agg(p.workspace_id ORDER BY p.workspace_id))[1:100] AS workspace_ids
       FROM unnest($3::text[]) AS model JOIN ${schema}.provision p ON p.all_models OR model = ANY (p.model_names)
       WHERE p.organization_id = $1 AND p.integration_id = $2 AND p.enabled AND ${OF_LIVE_WORKSPACE} GROUP BY model`,
      [organizationId, id, models],
    );
    return new Map(rows.map(({ model, workspace_ids: workspaces }) => [model, workspaces]));
  }
}
