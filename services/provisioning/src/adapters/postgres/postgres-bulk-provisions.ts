import {
  type BulkId,
  bulkId,
  type CountedPage,
  integrationId,
  type KeyedPlace,
  type OrganizationId,
  organizationId,
  type PageRequest,
  type WorkspaceId,
  workspaceId,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { NO_KEY, pageKeyed } from '@gatehouse/postgres';
import { Injectable } from '@nestjs/common';
import {
  BulkProvisions,
  type BulkTurn,
  type OpenBulk,
  type ToldOutcome,
  type UnstartedBulk,
} from '../../app/bulk-provision/bulk-provision.ports';
import type { BulkView } from '../../app/bulk-provision/bulk-provision.view';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';
import { fromRowAccess, fromRowSpecs } from './postgres-auto-provisions';
import { ROLLOUTS_SCHEMA } from './rollouts.projection';

interface BulkRow {
  readonly id: string;
  readonly organization_id: string;
  readonly integration_id: string;
  readonly slug: string | null;
  readonly limits: readonly unknown[];
  readonly all_models: boolean;
  readonly model_names: readonly string[];
  readonly existing: 'keep' | 'override';
  readonly expires_at: Date | null;
  readonly workspaces: number;
  readonly made: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly done: boolean;
  readonly requested_at: Date;
  readonly reason: string;
  readonly correlation_id: string;
  readonly causation_id: string;
}

interface OutcomeRow {
  readonly workspace_id: string;
  readonly outcome: BulkOutcome['kind'] | null;
  readonly reason: string;
}

/** Reads the projection `rollouts`. */
@Injectable()
export class PostgresBulkProvisions extends BulkProvisions {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async open(except: readonly BulkId[]): Promise<readonly OpenBulk[]> {
    const { rows } = await this.pool.query<BulkRow>(
      `SELECT * FROM ${ROLLOUTS_SCHEMA}.bulk WHERE NOT done AND id <> ALL ($1::text[]) ORDER BY position LIMIT 100`,
      [except],
    );
    return rows.map(fromRowOpen);
  }

  async turns(id: BulkId, after: number, atMost: number): Promise<readonly BulkTurn[]> {
    const { rows } = await this.pool.query<{ ordinal: number; workspace_id: string }>(
      `SELECT ordinal, workspace_id FROM ${ROLLOUTS_SCHEMA}.bulk_workspace
       WHERE bulk_id = $1 AND outcome IS NULL AND ordinal > $2 ORDER BY ordinal LIMIT $3`,
      [id, after, atMost],
    );
    return rows.map((row) => ({ ordinal: row.ordinal, workspaceId: workspaceId(row.workspace_id) }));
  }

  async unstarted(): Promise<readonly UnstartedBulk[]> {
    const { rows } = await this.pool.query<{ integration_id: string; revision: bigint }>(
      `SELECT integration_id, revision FROM ${ROLLOUTS_SCHEMA}.unstarted_bulk ORDER BY position LIMIT 100`,
    );
    return rows.map((row) => ({ integrationId: integrationId(row.integration_id), revision: row.revision }));
  }

  async knownAmong(
    organization: OrganizationId,
    workspaceIds: readonly WorkspaceId[],
  ): Promise<ReadonlySet<WorkspaceId>> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM ${ROLLOUTS_SCHEMA}.workspace WHERE organization_id = $1 AND id = ANY ($2::text[])`,
      [organization, workspaceIds],
    );
    return new Set(rows.map((row) => workspaceId(row.id)));
  }

  async find(organization: OrganizationId, id: BulkId): Promise<BulkView | undefined> {
    const { rows } = await this.pool.query<BulkRow>(
      `SELECT b.*, i.slug FROM ${ROLLOUTS_SCHEMA}.bulk b
       LEFT JOIN ${INTEGRATIONS_SCHEMA}.integration i ON i.id = b.integration_id
       WHERE b.organization_id = $1 AND b.id = $2`,
      [organization, id],
    );
    return rows.map(fromRowBulk)[0];
  }

  outcomes(
    id: BulkId,
    kind: BulkOutcome['kind'] | undefined,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ToldOutcome, KeyedPlace>> {
    const list = {
      select: `SELECT * FROM ${ROLLOUTS_SCHEMA}.bulk_workspace`,
      where: 'bulk_id = $1 AND ($2::text IS NULL OR outcome = $2)',
      values: [id, kind ?? null],
      key: NO_KEY,
      ordinal: 'ordinal',
      descending: false,
    };
    return pageKeyed(this.pool, list, page, fromRowOutcome);
  }
}

const fromRowOpen = (row: BulkRow): OpenBulk => ({
  bulkId: bulkId(row.id),
  organizationId: organizationId(row.organization_id),
  integrationId: integrationId(row.integration_id),
  limits: fromRowSpecs(row.limits),
  models: fromRowAccess(row),
  existing: row.existing,
  expiresAt: row.expires_at ?? undefined,
  workspaces: row.workspaces,
  reason: row.reason,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
});

const fromRowBulk = (row: BulkRow): BulkView => ({
  id: bulkId(row.id),
  organizationId: organizationId(row.organization_id),
  integrationId: integrationId(row.integration_id),
  slug: row.slug ?? '',
  done: row.done,
  limits: fromRowSpecs(row.limits),
  models: fromRowAccess(row),
  existing: row.existing,
  expiresAt: row.expires_at ?? undefined,
  workspaces: row.workspaces,
  made: row.made,
  changed: row.changed,
  unchanged: row.unchanged,
  refused: row.refused,
  requestedAt: row.requested_at,
});

const fromRowOutcome = (row: OutcomeRow): ToldOutcome => ({
  workspaceId: workspaceId(row.workspace_id),
  kind: row.outcome ?? undefined,
  reason: row.reason,
});
