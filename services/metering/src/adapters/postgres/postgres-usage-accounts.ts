import { type ApiKeyId, apiKeyId, AppError, type OrganizationId, type PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import {
  type LastCall,
  type RecordFilter,
  type SumsFilter,
  type SumsShape,
  UsageAccounts,
  type UsageCursor,
} from '../../app/usage/usage.ports';
import type { CorrectedRecord, UsageSums } from '../../domain/usage/usage-record';
import { fromRowSums, type SumsDbRow, sumsQuery } from './usage-sums-query';
import { IN_ORDER, recordsQuery } from './usage-records-query';
import { type CorrectedDbRow, fromRowCorrected } from './usage.rows';

/** The newest counter of each series is found by its key; a key has a series for each thing that it called. */
const LAST_CALLS = `
  SELECT s.api_key_id, max(newest.begins) AS minute
  FROM metering.usage_series s
  CROSS JOIN LATERAL (
    SELECT begins FROM metering.usage_minute WHERE series_id = s.series_id ORDER BY begins DESC LIMIT 1
  ) newest
  WHERE s.api_key_id = ANY ($2) AND s.api_key_id <> '' AND s.organization_id = $1
  GROUP BY s.api_key_id`;

export class PostgresUsageAccounts extends UsageAccounts {
  constructor(private readonly pool: PgPool) {
    super();
  }

  records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly CorrectedRecord[]> {
    const { text, values } = recordsQuery(filter, page);
    return this.pool.inTransaction(async (tx) => {
      await tx.query(IN_ORDER);
      const { rows } = await tx.query<CorrectedDbRow>(text, values);
      return rows.map(fromRowCorrected);
    });
  }

  async sums(filter: SumsFilter, shape: SumsShape): Promise<readonly UsageSums[]> {
    const { text, values } = sumsQuery(filter, shape);
    const { rows } = await this.pool.query<SumsDbRow>(text, values);
    if (rows.length > shape.rowsMax) throw new AppError('REFUSED', 'USAGE_ROWS_EXCEEDED');
    return rows.map((row) => fromRowSums(row, shape));
  }
  async lastCalls(
    organizationId: OrganizationId,
    apiKeyIds: readonly ApiKeyId[],
  ): Promise<readonly LastCall[]> {
    const { rows } = await this.pool.query<{ api_key_id: string; minute: Date }>(LAST_CALLS, [
      organizationId,
      apiKeyIds,
    ]);
    return rows.map((row) => ({ apiKeyId: apiKeyId(row.api_key_id), minute: row.minute }));
  }
}
