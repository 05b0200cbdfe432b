import { ApprovalSettings } from '@gatehouse/approval';
import type { OrganizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { limitsProjection } from './limits.projection';

/** Reads the projection `limits`. False also for one that provisioning never told this of. */
@Injectable()
export class PostgresApprovalSettings extends ApprovalSettings {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async requiredBy(organizationId: OrganizationId): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `SELECT organization_id FROM ${limitsProjection.schema}.approval_required WHERE organization_id = $1`,
      [organizationId],
    );
    return rowCount === 1;
  }
}
