import type { OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { WorkspaceDirectory } from '../../app/integration/integration.ports';
import { dependentsProjection } from './dependents.projection';

/** Reads the projection `dependents`. */
@Injectable()
export class PostgresWorkspaceDirectory extends WorkspaceDirectory {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async known(organizationId: OrganizationId, ids: readonly WorkspaceId[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ workspace_id: string }>(
      `SELECT workspace_id FROM ${dependentsProjection.schema}.workspace
       WHERE organization_id = $1 AND workspace_id = ANY ($2) AND NOT archived`,
      [organizationId, ids],
    );
    return new Set(rows.map(({ workspace_id: id }) => id));
  }

  async forbidsConnecting(
    organizationId: OrganizationId,
    id: WorkspaceId,
  ): Promise<'organization' | 'workspace' | undefined> {
    const { rows } = await this.pool.query<{ connects: boolean | null; workspaces_connect: boolean | null }>(
      `SELECT w.connects, o.workspaces_connect FROM ${dependentsProjection.schema}.workspace w
       LEFT JOIN ${dependentsProjection.schema}.organization o USING (organization_id)
       WHERE organization_id = $1 AND w.workspace_id = $2`,
      [organizationId, id],
    );
    const [said] = rows;
    if (said?.connects === false) return 'workspace';
    return said?.connects !== true && said?.workspaces_connect === false ? 'organization' : undefined;
  }
}
