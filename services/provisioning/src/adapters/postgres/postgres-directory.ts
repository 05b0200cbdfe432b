import {
  findPage,
  type OrganizationId,
  organizationId,
  type Page,
  type PageRequest,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import { Directory, type UnfinishedWorkspace } from '../../app/directory.ports';
import type { OrganizationView } from '../../app/organization/organization.view';
import type { ProvisionView } from '../../app/provision/provision.view';
import type { WorkspaceView } from '../../app/workspace/workspace.view';
import {
  fromRowApiKey,
  fromRowOrganization,
  fromRowProvision,
  fromRowWorkspace,
  type OrganizationRow,
  type ProvisionRow,
  type WorkspaceRow,
} from './directory-rows';
import { DIRECTORY_SCHEMA } from './directory.projection';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';

/** The slug is the integration's own word, and comes from the registry's events. */
const PROVISIONS = `
  SELECT p.*, i.slug FROM ${DIRECTORY_SCHEMA}.provision p
  LEFT JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = p.integration_id`;

/** `$1` cursor or null, `$2` how many, `$3` organization, `$4` workspace or null for all. */
const pageOf = (alias: string, condition = ''): string => `
  WHERE ${alias}.organization_id = $3 AND ($4::text IS NULL OR ${alias}.workspace_id = $4)
    AND ($1::bigint IS NULL OR ${alias}.position > $1) ${condition}
  ORDER BY ${alias}.position LIMIT $2`;

@Injectable()
export class PostgresDirectory extends Directory {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async organization(id: OrganizationId): Promise<OrganizationView | undefined> {
    const sql = `SELECT * FROM ${DIRECTORY_SCHEMA}.organization WHERE id = $1`;
    const { rows } = await this.pool.query<OrganizationRow>(sql, [id]);
    return rows.map(fromRowOrganization)[0];
  }

  async workspace(organizationId: OrganizationId, id: WorkspaceId): Promise<WorkspaceView | undefined> {
    const sql = `SELECT * FROM ${DIRECTORY_SCHEMA}.workspace WHERE organization_id = $1 AND id = $2`;
    const { rows } = await this.pool.query<WorkspaceRow>(sql, [organizationId, id]);
    return rows.map(fromRowWorkspace)[0];
  }

  async provision(organizationId: OrganizationId, id: ProvisionId): Promise<ProvisionView | undefined> {
    const sql = `${PROVISIONS} WHERE p.organization_id = $1 AND p.id = $2`;
    const { rows } = await this.pool.query<ProvisionRow>(sql, [organizationId, id]);
    return rows.map(fromRowProvision)[0];
  }

  workspaces(
    organizationId: OrganizationId,
    page: PageRequest<bigint>,
  ): Promise<Page<WorkspaceView, bigint>> {
    const sql = `SELECT * FROM ${DIRECTORY_SCHEMA}.workspace
      WHERE organization_id = $3 AND ($1::bigint IS NULL OR position > $1) ORDER BY position LIMIT $2`;
    return this.page(page, sql, [organizationId], fromRowWorkspace);
  }

  provisions(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    page: PageRequest<bigint>,
  ): Promise<Page<ProvisionView, bigint>> {
    return this.page(page, PROVISIONS + pageOf('p'), [organizationId, workspaceId], fromRowProvision);
  }

  apiKeys(
    organizationId: OrganizationId,
    { workspaceId, pepperId }: { workspaceId: WorkspaceId | undefined; pepperId: string | undefined },
    page: PageRequest<bigint>,
  ): Promise<Page<ApiKeyView, bigint>> {
    const isWanted = 'AND ($5::text IS NULL OR k.pepper_id = $5)';
    const sql = `SELECT k.* FROM ${DIRECTORY_SCHEMA}.api_key k ${pageOf('k', isWanted)}`;
    return this.page(page, sql, [organizationId, workspaceId, pepperId ?? null], fromRowApiKey);
  }

  async unfinishedWorkspaces(): Promise<readonly UnfinishedWorkspace[]> {
    const { rows } = await this.pool.query<{ organization_id: string; name: string }>(
      `SELECT organization_id, name FROM ${DIRECTORY_SCHEMA}.unfinished_workspace ORDER BY workspace_id LIMIT 100`,
    );
    return rows.map((row) => ({ organizationId: organizationId(row.organization_id), name: row.name }));
  }

  /** `$1` and `$2` of the statement are the page's. */
  private async page<Row extends { readonly position: bigint }, View>(
    page: PageRequest<bigint>,
    sql: string,
    values: readonly unknown[],
    fromRow: (row: Row) => View,
  ): Promise<Page<View, bigint>> {
    const { items, next } = await findPage(
      page,
      async ({ after, size }) => (await this.pool.query<Row>(sql, [after, size, ...values])).rows,
      ({ position }) => position,
    );
    return { items: items.map(fromRow), next };
  }
}
