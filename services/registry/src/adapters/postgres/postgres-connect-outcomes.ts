import { integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { type ConnectOutcome, ConnectOutcomes } from '../../app/integration/integration.ports';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';

interface Row {
  readonly integration_id: string;
  readonly organization_id: string;
  readonly refused_workspace_id: string | null;
  readonly refused_reason: string | null;
}

/** Joins what provisioning told, in the projection `dependents`, with what is connecting, in `directory`. */
@Injectable()
export class PostgresConnectOutcomes extends ConnectOutcomes {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async open(): Promise<readonly ConnectOutcome[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT o.* FROM ${integrationDirectory.schema}.integration i
       JOIN ${dependentsProjection.schema}.connect_outcome o
         ON o.integration_id = i.integration_id AND o.organization_id = i.organization_id
       WHERE i.connecting AND NOT i.deleted ORDER BY i.integration_id LIMIT 100`,
    );
    return rows.map((row) => ({
      organizationId: organizationId(row.organization_id),
      integrationId: integrationId(row.integration_id),
      refusal:
        row.refused_workspace_id === null
          ? undefined
          : { workspaceId: workspaceId(row.refused_workspace_id), reason: row.refused_reason ?? '' },
    }));
  }
}
