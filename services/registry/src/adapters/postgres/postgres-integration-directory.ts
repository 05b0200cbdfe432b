import { type Actor, revision } from '@gatehouse/event-store';
import {
  type IntegrationId,
  integrationId,
  type OrganizationId,
  organizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import type { PgPool, Projections } from '@gatehouse/platform';
import { typeV1 } from '@gatehouse/proto-gen';
import { IntegrationDirectory, type ListedIntegration } from '../../app/integration/integration.ports';
import type { IntegrationView } from '../../app/integration/integration-streams';
import { slug } from '../../domain/slug/slug';
import { fromProtoRecordedModel } from '../events/recorded-model';
import { integrationDirectory } from './integration-directory.projection';

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
  readonly custom_models: readonly unknown[];
  readonly fields: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly revision: bigint;
  readonly connected_at: Date;
  readonly connected_by_kind: Actor['kind'];
  readonly connected_by_id: string;
  readonly connected_by_address: string;
  readonly description: string;
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

  async list(
    organization: OrganizationId,
    { after, size }: PageRequest<bigint>,
  ): Promise<readonly ListedIntegration[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${TABLE} WHERE organization_id = $1 AND NOT deleted AND ordinal > $2 ORDER BY ordinal LIMIT $3`,
      [organization, after ?? 0n, size],
    );
    return rows.map((row) => ({ view: fromRowIntegration(row), ordinal: row.ordinal }));
  }
}

const fromRowIntegration = (row: Row): IntegrationView => ({
  integrationId: integrationId(row.integration_id),
  organizationId: organizationId(row.organization_id),
  name: row.name,
  slug: slug(row.slug),
  provider: row.provider,
  customHost: row.custom_host,
  credentialVersion: row.credential_version,
  credentialFingerprint: row.credential_fingerprint,
  customModels: row.custom_models.map((model) => fromProtoRecordedModel(typeV1.Model.fromJSON(model))),
  fields: row.fields,
  status: row.deleted ? 'deleted' : row.enabled ? 'connected' : 'disabled',
  revision: revision(row.revision),
  connectedAt: row.connected_at,
  connectedBy: { kind: row.connected_by_kind, id: row.connected_by_id, address: row.connected_by_address },
  description: row.description,
});
