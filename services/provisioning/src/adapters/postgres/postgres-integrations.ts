import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { Integrations, type KnownIntegration } from '../../app/provision/provision.ports';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';

@Injectable()
export class PostgresIntegrations extends Integrations {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async find(organizationId: OrganizationId, id: IntegrationId): Promise<KnownIntegration | undefined> {
    const { rows } = await this.pool.query<KnownIntegration>(
      `SELECT slug, models, status, owner_workspace_id AS "ownerWorkspaceId" FROM ${INTEGRATIONS_SCHEMA}.integration WHERE id = $1 AND organization_id = $2`,
      [id, organizationId],
    );
    return rows[0];
  }
}
