import { integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import {
  type ConnectedWorkspace,
  Connections,
  type OpenConnection,
} from '../../app/connection/connection.ports';
import { fromProtoRecordedAccess } from '../events/model-access';
import { fromProtoRecordedSpecs } from '../events/recorded-limits';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';

interface Row {
  readonly integration_id: string;
  readonly organization_id: string;
  readonly workspaces: readonly unknown[];
  readonly reason: string;
  readonly correlation_id: string;
  readonly causation_id: string;
}

/** Reads the projection `integrations`. */
@Injectable()
export class PostgresConnections extends Connections {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async open(after: OpenConnection | undefined): Promise<readonly OpenConnection[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${INTEGRATIONS_SCHEMA}.connection WHERE $1::text IS NULL OR integration_id > $1
       ORDER BY integration_id LIMIT 100`,
      [after?.integrationId ?? null],
    );
    return rows.map((row) => ({
      integrationId: integrationId(row.integration_id),
      organizationId: organizationId(row.organization_id),
      workspaces: row.workspaces.map((one) =>
        fromRecordedWorkspace(provisioningV1.WantedProvision.fromJSON(one)),
      ),
      reason: row.reason,
      correlationId: row.correlation_id,
      causationId: row.causation_id,
    }));
  }
}

const fromRecordedWorkspace = (recorded: provisioningV1.WantedProvision): ConnectedWorkspace => ({
  workspaceId: workspaceId(recorded.workspaceId),
  limits: fromProtoRecordedSpecs(recorded.limits),
  models: fromProtoRecordedAccess(recorded.models),
  disabled: recorded.disabled,
});
