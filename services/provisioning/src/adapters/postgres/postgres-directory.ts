import { type OrganizationId, organizationId, type ProvisionId, type WorkspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import { Directory, type Page, type PageRequest, type UnfinishedWorkspace } from '../../app/directory.ports';
import type { OrganizationView } from '../../app/organization/organization.view';
import type { ProvisionView } from '../../app/provision/provision.view';
import type { WorkspaceView } from '../../app/workspace/workspace.view';
import {
  type ApiKeyRow,
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

/** `$1` organization, `$2` workspace or null for all, `$3` cursor or null, `$4` how many. */
const pageOf = (alias: string): string => `
  WHERE ${alias}.organization_id = $1 AND ($2::text IS NULL OR ${alias}.workspace_id = $2)
    AND ($3::bigint IS NULL OR ${alias}.position > $3)
  ORDER BY ${alias}.position LIMIT $4`;

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

  async workspaces(
    organizationId: OrganizationId,
    { after, size }: PageRequest,
  ): Promise<Page<WorkspaceView>> {
    const { rows } = await this.pool.query<WorkspaceRow>(
      `SELECT * FROM ${DIRECTORY_SCHEMA}.workspace
       WHERE organization_id = $1 AND ($2::bigint IS NULL OR position > $2) ORDER BY position LIMIT $3`,
      [organizationId, after, size + 1],
    );
    return fromRowsPage(rows, size, fromRowWorkspace);
  }

  async provisions(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    { after, size }: PageRequest,
  ): Promise<Page<ProvisionView>> {
    const values = [organizationId, workspaceId, after, size + 1];
    const { rows } = await this.pool.query<ProvisionRow>(PROVISIONS + pageOf('p'), values);
    return fromRowsPage(rows, size, fromRowProvision);
  }

  async apiKeys(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    { after, size }: PageRequest,
  ): Promise<Page<ApiKeyView>> {
    const sql = `SELECT k.* FROM ${DIRECTORY_SCHEMA}.api_key k ${pageOf('k')}`;
    const { rows } = await this.pool.query<ApiKeyRow>(sql, [organizationId, workspaceId, after, size + 1]);
    return fromRowsPage(rows, size, fromRowApiKey);
  }

  async unfinishedWorkspaces(): Promise<readonly UnfinishedWorkspace[]> {
    const { rows } = await this.pool.query<{ organization_id: string; name: string }>(
      `SELECT organization_id, name FROM ${DIRECTORY_SCHEMA}.unfinished_workspace ORDER BY workspace_id LIMIT 100`,
    );
    return rows.map((row) => ({ organizationId: organizationId(row.organization_id), name: row.name }));
  }
}

/** One row more than asked for tells whether there is another page. */
const fromRowsPage = <Row extends { readonly position: bigint }, View>(
  rows: readonly Row[],
  size: number,
  fromRow: (row: Row) => View,
): Page<View> => {
  const shown = rows.slice(0, size);
  return { items: shown.map(fromRow), next: rows.length > size ? shown.at(-1)?.position : undefined };
};
