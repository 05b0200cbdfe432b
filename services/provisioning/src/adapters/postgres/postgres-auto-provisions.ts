import {
  type CountedPage,
  type IntegrationId,
  integrationId,
  type KeyedPlace,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  organizationId,
  type PageRequest,
  type WorkspaceId,
  workspaceId,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { NO_KEY, pageKeyed } from '@gatehouse/postgres';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import {
  AutoProvisions,
  type AwaitedProvision,
  type ConnectedPolicy,
  type OrphanedPolicy,
} from '../../app/auto-provision/auto-provision.ports';
import type { AutoProvisionView } from '../../app/auto-provision/auto-provision.view';
import { fromProtoExisting } from '../events/existing-provisions';
import { fromProtoRecordedAccess } from '../events/model-access';
import { fromProtoRecordedSpecs } from '../events/recorded-limits';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';
import { ROLLOUTS_SCHEMA } from './rollouts.projection';

interface AwaitedRow {
  readonly workspace_id: string;
  readonly integration_id: string;
  readonly organization_id: string;
  readonly limits: readonly unknown[];
  readonly all_models: boolean;
  readonly model_names: readonly string[];
  readonly reason: string;
  readonly correlation_id: string;
  readonly causation_id: string;
}

interface PolicyRow {
  readonly integration_id: string;
  readonly organization_id: string;
  readonly slug: string | null;
  readonly limits: readonly unknown[];
  readonly all_models: boolean;
  readonly model_names: readonly string[];
  readonly revision: bigint;
  readonly created_at: Date;
}

interface ConnectedRow {
  readonly integration_id: string;
  readonly organization_id: string;
  readonly policy: unknown;
  readonly reason: string;
  readonly correlation_id: string;
  readonly causation_id: string;
}

/** Reads the projections `rollouts` and `integrations`. */
@Injectable()
export class PostgresAutoProvisions extends AutoProvisions {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async awaited(after: AwaitedProvision | undefined): Promise<readonly AwaitedProvision[]> {
    const { rows } = await this.pool.query<AwaitedRow>(
      `SELECT * FROM ${ROLLOUTS_SCHEMA}.awaited
       WHERE $1::text IS NULL OR (workspace_id, integration_id) > ($1, $2)
       ORDER BY workspace_id, integration_id LIMIT 500`,
      [after?.workspaceId ?? null, after?.integrationId ?? null],
    );
    return rows.map(fromRowAwaited);
  }

  async awaitedBy(id: WorkspaceId): Promise<readonly AwaitedProvision[]> {
    const sql = `SELECT * FROM ${ROLLOUTS_SCHEMA}.awaited WHERE workspace_id = $1 ORDER BY integration_id`;
    const { rows } = await this.pool.query<AwaitedRow>(sql, [id]);
    return rows.map(fromRowAwaited);
  }

  async orphaned(): Promise<readonly OrphanedPolicy[]> {
    const { rows } = await this.pool.query<{ integration_id: string; organization_id: string }>(
      `SELECT p.integration_id, p.organization_id FROM ${ROLLOUTS_SCHEMA}.policy p
       JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = p.integration_id
       WHERE p.status <> 'ended' AND i.status IN ('deleted', 'refused') ORDER BY p.integration_id LIMIT 100`,
    );
    return rows.map((row) => ({
      organizationId: organizationId(row.organization_id),
      integrationId: integrationId(row.integration_id),
    }));
  }

  async connected(after: ConnectedPolicy | undefined): Promise<readonly ConnectedPolicy[]> {
    const { rows } = await this.pool.query<ConnectedRow>(
      `SELECT c.* FROM ${INTEGRATIONS_SCHEMA}.connected_policy c
       JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = c.integration_id
       WHERE i.status = 'connected'
         AND NOT EXISTS (SELECT FROM ${ROLLOUTS_SCHEMA}.policy p WHERE p.integration_id = c.integration_id)
         AND ($1::text IS NULL OR c.integration_id > $1)
       ORDER BY c.integration_id LIMIT 100`,
      [after?.integrationId ?? null],
    );
    return rows.map(fromRowConnected);
  }

  async cameWith(id: IntegrationId): Promise<boolean> {
    const sql = `SELECT FROM ${INTEGRATIONS_SCHEMA}.connected_policy WHERE integration_id = $1`;
    return (await this.pool.query(sql, [id])).rowCount !== 0;
  }

  policies(
    organization: OrganizationId,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<AutoProvisionView, KeyedPlace>> {
    const list = {
      select: `SELECT p.*, i.slug FROM ${ROLLOUTS_SCHEMA}.policy p
        LEFT JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = p.integration_id`,
      where: `organization_id = $1 AND status = 'on'`,
      values: [organization],
      key: NO_KEY,
      ordinal: 'position',
      descending: false,
    };
    return pageKeyed(this.pool, list, page, fromRowPolicy);
  }
}

const fromRowConnected = (row: ConnectedRow): ConnectedPolicy => {
  const { limits, models, existing } = provisioningV1.WantedAutoProvision.fromJSON(row.policy);
  return {
    organizationId: organizationId(row.organization_id),
    integrationId: integrationId(row.integration_id),
    limits: fromProtoRecordedSpecs(limits),
    models: fromProtoRecordedAccess(models),
    existing: fromProtoExisting(existing),
    reason: row.reason,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
  };
};

const fromRowAwaited = (row: AwaitedRow): AwaitedProvision => ({
  organizationId: organizationId(row.organization_id),
  workspaceId: workspaceId(row.workspace_id),
  integrationId: integrationId(row.integration_id),
  limits: fromRowSpecs(row.limits),
  models: fromRowAccess(row),
  reason: row.reason,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
});

const fromRowPolicy = (row: PolicyRow): AutoProvisionView => ({
  organizationId: organizationId(row.organization_id),
  integrationId: integrationId(row.integration_id),
  slug: row.slug ?? '',
  on: true,
  limits: fromRowSpecs(row.limits),
  models: fromRowAccess(row),
  revision: row.revision,
  createdAt: row.created_at,
});

export const fromRowSpecs = (limits: readonly unknown[]): readonly LimitSpec[] =>
  fromProtoRecordedSpecs(limits.map((limit) => typeV1.Limit.fromJSON(limit)));

export const fromRowAccess = (row: Pick<PolicyRow, 'all_models' | 'model_names'>): ModelAccess =>
  row.all_models ? { all: true } : { all: false, names: row.model_names };
