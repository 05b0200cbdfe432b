import { type IntegrationId, type OrganizationId, provisionId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { ProvisionDirectory } from '../../app/integration/integration.ports';
import { dependentsProjection } from './dependents.projection';

const { schema } = dependentsProjection;

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
       FROM ${schema}.provision p WHERE p.organization_id = $1 AND p.integration_id = $2`,
      [organizationId, id],
    );
    const [found] = rows;
    return {
      provisionIds: (found?.provision_ids ?? []).map(provisionId),
      apiKeys: Number(found?.api_keys ?? 0),
    };
  }
}
