import type { OrganizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { ApprovalSettings } from '../../app/integration/integration.ports';
import { dependentsProjection } from './dependents.projection';

/** Reads the projection `dependents`. */
@Injectable()
export class PostgresApprovalSettings extends ApprovalSettings {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async required(organizationId: OrganizationId): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `SELECT organization_id FROM ${dependentsProjection.schema}.approval_required WHERE organization_id = $1`,
      [organizationId],
    );
    return rowCount === 1;
  }
}
