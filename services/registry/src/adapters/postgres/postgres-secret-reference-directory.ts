import { revision } from '@gatehouse/event-store';
import { type IntegrationId, integrationId, type OrganizationId, type PageRequest } from '@gatehouse/kernel';
import { PgPool, Projections } from '@gatehouse/platform';
import { typeV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import {
  SecretReferenceDirectory,
  type SecretReferenceView,
} from '../../app/secret-reference/secret-reference.ports';
import { type Slug, slug } from '../../domain/slug/slug';
import { fromProtoRecordedLocator } from '../events/recorded-secret';
import { secretReferencesProjection } from './secret-references.projection';

interface Row {
  readonly slug: string;
  readonly locator: unknown;
  readonly revision: bigint;
  readonly created_at: Date;
  readonly integration_ids: readonly string[];
}

const { schema, name } = secretReferencesProjection;

const USES = `coalesce(
  (SELECT array_agg(u.integration_id ORDER BY u.integration_id) FROM ${schema}.reference_use u
   WHERE u.organization_id = $1 AND u.slug = r.slug), '{}')`;
const SELECT = `SELECT r.slug, r.locator, r.revision, r.created_at, ${USES} AS integration_ids
  FROM ${schema}.reference r WHERE r.organization_id = $1 AND NOT r.removed`;

/** Reads the projection `secret-references`. */
@Injectable()
export class PostgresSecretReferenceDirectory extends SecretReferenceDirectory {
  constructor(
    private readonly pool: PgPool,
    private readonly projections: Projections,
  ) {
    super();
  }

  waitFor(atLeastPosition: string): Promise<void> {
    return this.projections.waitFor(name, atLeastPosition);
  }

  async find(organizationId: OrganizationId, wanted: Slug): Promise<SecretReferenceView | undefined> {
    const { rows } = await this.pool.query<Row>(`${SELECT} AND r.slug = $2`, [organizationId, wanted]);
    return rows[0] && fromRowReference(rows[0]);
  }

  async list(
    organizationId: OrganizationId,
    { after, size }: PageRequest<string>,
  ): Promise<readonly SecretReferenceView[]> {
    const sql = `${SELECT} AND r.slug > $2 ORDER BY r.slug LIMIT $3`;
    const { rows } = await this.pool.query<Row>(sql, [organizationId, after ?? '', size]);
    return rows.map(fromRowReference);
  }

  async usesOf(organizationId: OrganizationId, wanted: Slug): Promise<readonly IntegrationId[]> {
    const { rows } = await this.pool.query<{ integration_id: string }>(
      `SELECT integration_id FROM ${schema}.reference_use WHERE organization_id = $1 AND slug = $2 ORDER BY 1`,
      [organizationId, wanted],
    );
    return rows.map((row) => integrationId(row.integration_id));
  }
}

const fromRowReference = (row: Row): SecretReferenceView => ({
  slug: slug(row.slug),
  locator: fromProtoRecordedLocator(typeV1.SecretLocator.fromJSON(row.locator)),
  revision: revision(row.revision),
  createdAt: row.created_at,
  integrationIds: row.integration_ids.map(integrationId),
});
