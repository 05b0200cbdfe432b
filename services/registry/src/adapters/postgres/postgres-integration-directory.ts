import { type Actor, revision } from '@gatehouse/event-store';
import {
  type IntegrationId,
  integrationId,
  type OrganizationId,
  organizationId,
  type KeyedPlace,
  type PageRequest,
  workspaceId,
} from '@gatehouse/kernel';
import type { PgPool, Projections } from '@gatehouse/platform';
import { countKeyed, type KeyedList, listKeyed, nameKey, NO_KEY } from '@gatehouse/postgres';
import {
  IntegrationDirectory,
  type IntegrationSelection,
  type ListedIntegration,
} from '../../app/integration/integration.ports';
import type { IntegrationView } from '../../app/integration/integration-streams';
import type { SecretUses } from '../../domain/integration/secret-uses';
import { type Slug, slug } from '../../domain/slug/slug';
import { dependentsProjection } from './dependents.projection';
import {
  fromJsonDecisions,
  fromJsonDeployments,
  integrationDirectory,
} from './integration-directory.projection';

interface Row {
  readonly integration_id: string;
  readonly organization_id: string;
  readonly ordinal: bigint;
  readonly name: string;
  readonly slug: string;
  readonly provider: string;
  readonly custom_host: string;
  readonly credential_version: number;
  readonly credential_fingerprint: string;
  readonly model_decisions: unknown;
  readonly fields: Readonly<Record<string, string>>;
  readonly dialect: string;
  readonly base_url: string;
  readonly local: boolean;
  readonly model_hosts: Readonly<Record<string, string>>;
  readonly header_names: readonly string[];
  readonly credential_kind: string;
  readonly credential_rejected: boolean;
  readonly issuer: string;
  readonly deployments: readonly unknown[];
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly keys_left: readonly string[];
  readonly key_destroyed_by: Date | null;
  readonly connecting: boolean;
  readonly owner_workspace_id: string | null;
  readonly refused_workspace_id: string | null;
  readonly refused_reason: string | null;
  readonly revision: bigint;
  readonly connected_at: Date;
  readonly connected_by_kind: Actor['kind'];
  readonly connected_by_id: string;
  readonly connected_by_address: string;
  readonly description: string;
  readonly secret_uses: SecretUses;
  readonly credential_given_at: Date;
  readonly credential_expires_at: Date | null;
}

const TABLE = `${integrationDirectory.schema}.integration`;

/** Reads the projection `directory`. */
export class PostgresIntegrationDirectory extends IntegrationDirectory {
  constructor(
    private readonly pool: PgPool,
    private readonly projections: Projections,
  ) {
    super();
  }

  waitFor(atLeastPosition: string): Promise<void> {
    return this.projections.waitFor(integrationDirectory.name, atLeastPosition);
  }

  async find(organization: OrganizationId, id: IntegrationId): Promise<IntegrationView | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${TABLE} WHERE organization_id = $1 AND integration_id = $2`,
      [organization, id],
    );
    return rows[0] && fromRowIntegration(rows[0]);
  }

  async findAll(
    organization: OrganizationId,
    ids: readonly IntegrationId[],
  ): Promise<readonly IntegrationView[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${TABLE} WHERE organization_id = $1 AND integration_id = ANY ($2)`,
      [organization, ids],
    );
    return rows.map(fromRowIntegration);
  }

  async findBySlug(organization: OrganizationId, named: Slug): Promise<IntegrationView | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${TABLE} WHERE organization_id = $1 AND slug = $2 AND NOT deleted`,
      [organization, named],
    );
    return rows[0] && fromRowIntegration(rows[0]);
  }

  async list(
    organization: OrganizationId,
    selection: IntegrationSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<readonly ListedIntegration[]> {
    const { by, descending } = selection.order;
    const list = { ...selected(organization, selection), key: KEYS[by], ordinal: 'ordinal', descending };
    const rows = await listKeyed<Row>(this.pool, list, page);
    return rows.map((row) => ({
      view: fromRowIntegration(row),
      cursor: { key: row.sort_key, ordinal: row.sort_ordinal },
    }));
  }

  count(organization: OrganizationId, selection: IntegrationSelection): Promise<number> {
    return countKeyed(this.pool, selected(organization, selection));
  }
}

/** What lists are ordered by, the same wherever the database stands. The order of creation settles the rest. */
const KEYS: Readonly<Record<IntegrationSelection['order']['by'], string>> = {
  connected_at: NO_KEY,
  name: nameKey('name'),
  slug: nameKey('slug'),
};

/**
 * The member behind a key, else the key itself: what was issued by a key counts as that. A chain ends where the member is
 * known, at the first key, or at one that was not heard of.
 */
const behind = (key: string): string => `coalesce((
  WITH RECURSIVE chain (id, member_id, issued_by, step) AS (
    SELECT api_key_id, member_id, issued_by, 0 FROM ${dependentsProjection.schema}.key_origin WHERE api_key_id = ${key}
    UNION ALL
    SELECT k.api_key_id, k.member_id, k.issued_by, step + 1 FROM chain
    JOIN ${dependentsProjection.schema}.key_origin k ON k.api_key_id = chain.issued_by
    WHERE chain.member_id IS NULL AND step < 100
  ) SELECT coalesce(member_id, id) FROM chain ORDER BY step DESC LIMIT 1), ${key})`;

const SELECTED = `organization_id = $1 AND ($2::text IS NULL OR provider = $2)
  AND CASE $3::text WHEN 'deleted' THEN deleted AND keys_left = '{}' WHEN 'deleting' THEN deleted AND keys_left <> '{}'
        WHEN 'connecting' THEN NOT deleted AND connecting
        WHEN 'disabled' THEN NOT deleted AND NOT connecting AND NOT enabled
        WHEN 'connected' THEN NOT deleted AND NOT connecting AND enabled ELSE NOT deleted END
  AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0 OR strpos(lower(slug), lower($4)) > 0)
  AND CASE $5::text WHEN 'organization' THEN owner_workspace_id IS NULL
        WHEN 'workspace' THEN owner_workspace_id IS NOT NULL ELSE true END
  AND ($6::text IS NULL OR (connected_by_kind = 'apiKey' AND ${behind('connected_by_id')} = ${behind('$6::text')}))
  AND ($7::text IS NULL OR owner_workspace_id = $7 OR integration_id IN (
        SELECT p.integration_id FROM ${dependentsProjection.schema}.provision p WHERE p.workspace_id = $7))`;

const selected = (
  organization: OrganizationId,
  { provider, status, search, owner, mine, workspaceId: having }: IntegrationSelection,
): Pick<KeyedList, 'select' | 'where' | 'values'> => ({
  select: `SELECT * FROM ${TABLE}`,
  where: SELECTED,
  values: [organization, provider, status, search, owner, mine, having].map((value) => value ?? null),
});

const fromRowIntegration = (row: Row): IntegrationView => ({
  integrationId: integrationId(row.integration_id),
  organizationId: organizationId(row.organization_id),
  name: row.name,
  slug: slug(row.slug),
  provider: row.provider,
  customHost: row.custom_host,
  credentialVersion: row.credential_version,
  credentialFingerprint: row.credential_fingerprint,
  fields: row.fields,
  dialect: row.dialect,
  baseUrl: row.base_url,
  local: row.local,
  modelHosts: row.model_hosts,
  headerNames: row.header_names,
  deployments: fromJsonDeployments(row.deployments),
  modelDecisions: fromJsonDecisions(row.model_decisions),
  status: statusOf(row),
  keyDestroyedBy: (statusOf(row) === 'deleting' && row.key_destroyed_by) || undefined,
  credentialKind: row.credential_kind,
  credentialRejected: row.credential_rejected,
  issuer: row.issuer,
  refusal:
    row.refused_workspace_id === null
      ? undefined
      : { workspaceId: workspaceId(row.refused_workspace_id), reason: row.refused_reason ?? '' },
  ownerWorkspaceId: row.owner_workspace_id === null ? undefined : workspaceId(row.owner_workspace_id),
  revision: revision(row.revision),
  connectedAt: row.connected_at,
  connectedBy: { kind: row.connected_by_kind, id: row.connected_by_id, address: row.connected_by_address },
  description: row.description,
  references: row.secret_uses,
  credentialGivenAt: row.credential_given_at,
  credentialExpiresAt: row.credential_expires_at ?? undefined,
});

const statusOf = ({ deleted, keys_left: keysLeft, connecting, enabled }: Row): IntegrationView['status'] => {
  if (deleted) return keysLeft.length === 0 ? 'deleted' : 'deleting';
  if (connecting) return 'connecting';
  return enabled ? 'connected' : 'disabled';
};
