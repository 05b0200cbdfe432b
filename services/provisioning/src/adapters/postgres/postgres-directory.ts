import {
  type ApiKeyId,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  organizationId,
  type PageRequest,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { type KeyedList, nameKey, NO_KEY, pageKeyed } from '@gatehouse/postgres';
import { Injectable } from '@nestjs/common';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import {
  type ApiKeySelection,
  Directory,
  type ProvisionSelection,
  type UnsettledName,
  type WorkspaceSelection,
} from '../../app/directory.ports';
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

/** The integration's words come from the registry's events. */
const PROVISIONS = `
  SELECT p.*, coalesce(own.slug, i.slug) AS slug, coalesce(own.name, i.name) AS name, i.status, i.provider
  FROM ${DIRECTORY_SCHEMA}.provision p
  LEFT JOIN ${DIRECTORY_SCHEMA}.provision_name own ON own.provision_id = p.id
  LEFT JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = p.integration_id`;

/** As `statusAt` says it, at the instant that a place of the statement's values holds. */
const KEY_STATUS = (at: string): string => `
  CASE WHEN revoked THEN 'revoked' WHEN expires_at <= ${at}::timestamptz THEN 'expired' ELSE 'active' END`;

/** As `resourceOf` says it. */
const KEY_RESOURCE = `
  CASE WHEN workspace_id IS NULL THEN 'organisation_service_api_keys'
    WHEN member_id IS NOT NULL THEN 'workspace_user_api_keys' ELSE 'workspace_service_api_keys' END`;

const CONTAINS = (column: string, place: number): string =>
  `($${place}::text IS NULL OR strpos(lower(${column}), lower($${place})) > 0)`;

const AMONG = (column: string, place: number): string =>
  `($${place}::text[] IS NULL OR ${column} = ANY ($${place}))`;

const anyOrNull = (ids: readonly string[]): readonly string[] | null => (ids.length === 0 ? null : ids);

/** What is of no archived workspace, unless that is named or such are asked for, by the places of these values. */
const IN_ACTIVE_WORKSPACE = (named: number, included: number): string =>
  `($${named}::text IS NOT NULL OR $${included}::boolean OR NOT EXISTS (
    SELECT FROM ${DIRECTORY_SCHEMA}.workspace w WHERE w.id = workspace_id AND w.archived_at IS NOT NULL))`;

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

  async workspaceBySlug(organizationId: OrganizationId, slug: string): Promise<WorkspaceView | undefined> {
    const sql = `SELECT * FROM ${DIRECTORY_SCHEMA}.workspace WHERE organization_id = $1
      AND CASE WHEN slug = '' THEN id ELSE slug END = $2`;
    const { rows } = await this.pool.query<WorkspaceRow>(sql, [organizationId, slug]);
    return rows.map(fromRowWorkspace)[0];
  }

  async provision(organizationId: OrganizationId, id: ProvisionId): Promise<ProvisionView | undefined> {
    const sql = `${PROVISIONS} WHERE p.organization_id = $1 AND p.id = $2`;
    const { rows } = await this.pool.query<ProvisionRow>(sql, [organizationId, id]);
    return rows.map(fromRowProvision)[0];
  }

  async apiKey(organizationId: OrganizationId, id: ApiKeyId, at: Date): Promise<ApiKeyView | undefined> {
    const sql = `SELECT * FROM ${DIRECTORY_SCHEMA}.api_key WHERE organization_id = $1 AND id = $2`;
    const { rows } = await this.pool.query<ApiKeyRow>(sql, [organizationId, id]);
    return rows.map((row) => fromRowApiKey(row, at))[0];
  }

  workspaces(
    organizationId: OrganizationId,
    { statuses, search, ids, order }: WorkspaceSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<WorkspaceView, KeyedPlace>> {
    const list = {
      select: `SELECT * FROM ${DIRECTORY_SCHEMA}.workspace`,
      where: `organization_id = $1 AND ${CONTAINS('name', 2)} AND CASE WHEN archived_at IS NULL THEN $3::boolean ELSE $4::boolean END AND ${AMONG('id', 5)}`,
      values: [
        organizationId,
        search ?? null,
        statuses.has('active'),
        statuses.has('archived'),
        anyOrNull(ids),
      ],
      key: order.by === 'name' ? nameKey('name') : NO_KEY,
    };
    return this.page(page, { ...list, descending: order.descending }, fromRowWorkspace);
  }

  provisions(
    organizationId: OrganizationId,
    {
      workspaceId,
      workspaceIds,
      integrationId,
      enabled,
      slug,
      search,
      order,
      includeArchived,
    }: ProvisionSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ProvisionView, KeyedPlace>> {
    const list = {
      select: PROVISIONS,
      where: `organization_id = $1 AND ($2::text IS NULL OR workspace_id = $2)
        AND ($3::text IS NULL OR integration_id = $3) AND ($4::boolean IS NULL OR enabled = $4)
        AND ${CONTAINS('slug', 5)} AND coalesce(status NOT IN ('connecting', 'refused', 'deleted'), true)
        AND ${IN_ACTIVE_WORKSPACE(2, 6)} AND ($7::text IS NULL OR slug = $7) AND ${AMONG('workspace_id', 8)}`,
      values: [
        organizationId,
        workspaceId ?? null,
        integrationId ?? null,
        enabled ?? null,
        search ?? null,
        includeArchived,
        slug ?? null,
        anyOrNull(workspaceIds),
      ],
      key: order.by === 'slug' ? nameKey(`coalesce(slug, '')`) : NO_KEY,
    };
    return this.page(page, { ...list, descending: order.descending }, fromRowProvision);
  }

  apiKeys(
    organizationId: OrganizationId,
    { workspaceId, role, status, pepperId, resources, search, order, at, includeArchived }: ApiKeySelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ApiKeyView, KeyedPlace>> {
    const list = {
      select: `SELECT * FROM ${DIRECTORY_SCHEMA}.api_key`,
      where: `organization_id = $1 AND ($2::text IS NULL OR workspace_id = $2)
        AND ($3::text IS NULL OR role = $3)
        AND ($4::text IS NULL OR ${KEY_STATUS('$7')} = $4) AND ${CONTAINS('name', 5)}
        AND ($6::text IS NULL OR pepper_id = $6) AND ${KEY_RESOURCE} = ANY ($8)
        AND ${IN_ACTIVE_WORKSPACE(2, 9)}`,
      values: [
        organizationId,
        workspaceId ?? null,
        role ?? null,
        status ?? null,
        search ?? null,
        pepperId ?? null,
        at,
        resources,
        includeArchived,
      ],
      key: order.by === 'name' ? nameKey('name') : NO_KEY,
    };
    const descending = order.descending;
    return this.page(page, { ...list, descending }, (row: ApiKeyRow) => fromRowApiKey(row, at));
  }

  async unsettledNames(): Promise<readonly UnsettledName[]> {
    const { rows } = await this.pool.query<{ organization_id: string; name: string }>(
      `SELECT organization_id, name FROM ${DIRECTORY_SCHEMA}.unsettled_workspace_name ORDER BY workspace_id, name LIMIT 100`,
    );
    return rows.map((row) => ({ organizationId: organizationId(row.organization_id), name: row.name }));
  }

  private page<Row extends object, View>(
    page: PageRequest<KeyedPlace>,
    list: Omit<KeyedList, 'ordinal'>,
    fromRow: (row: Row) => View,
  ): Promise<CountedPage<View, KeyedPlace>> {
    return pageKeyed(this.pool, { ...list, ordinal: 'position' }, page, fromRow);
  }
}
