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
import type { PoolClient } from 'pg';
import { fromRowSums, marginFor, seriesQuery, type SumsDbRow, sumsQuery } from './usage-sums-query';
import { IN_ORDER, type Meetings, meetingRecordsQuery, recordsQuery } from './usage-records-query';
import { type CorrectedDbRow, fromRowCorrected } from './usage.rows';

/** The newest counter of each series is found by its key; a key has a series for each thing that it called. */
const LAST_CALLS = `
  SELECT s.api_key_id, max(newest.begins) AS minute
  FROM metering.usage_series s
  CROSS JOIN LATERAL (
    (SELECT begins FROM metering.usage_recent WHERE series_id = s.series_id ORDER BY begins DESC LIMIT 1)
    UNION ALL
    (SELECT begins FROM metering.usage_minute WHERE series_id = s.series_id ORDER BY begins DESC LIMIT 1)
  ) newest
  WHERE s.api_key_id = ANY ($2) AND s.api_key_id <> '' AND s.organization_id = $1
  GROUP BY s.api_key_id`;

export class PostgresUsageAccounts extends UsageAccounts {
  constructor(private readonly pool: PgPool) {
    super();
  }

  records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly CorrectedRecord[]> {
    return this.pool.inTransaction(async (tx) => {
      await tx.query(IN_ORDER);
      const meetings = await meetingsOf(tx, filter);
      if (meetings?.seriesIds.length === 0) return [];
      const { text, values } = meetings
        ? meetingRecordsQuery(filter, page, meetings)
        : recordsQuery(filter, page);
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

/** Filters that meet in more series than these meet often, and are looked for as one alone is. */
const SERIES_MAX = 64;

/** Undefined where counters do not tell what is looked for, or no two filters are to meet. */
const meetingsOf = async (tx: PoolClient, filter: RecordFilter): Promise<Meetings | undefined> => {
  const { user, traceId, status, from: _from, to: _to, provisionId, ...told } = filter;
  if (user !== undefined || traceId !== undefined || status !== undefined) return undefined;
  const of = { ...told, ...(provisionId !== undefined && { provisionIds: [provisionId] }) };
  // The organization is one of them.
  if (Object.values(of).filter((given) => given !== undefined).length < 3) return undefined;
  const margin = marginFor(of, []);
  const { text, values } = seriesQuery(of, margin, SERIES_MAX);
  const { rows } = await tx.query<{ series_id: number }>(text, values);
  if (rows.length > SERIES_MAX) return undefined;
  return { seriesIds: rows.map(({ series_id }) => series_id), inMargins: margin !== undefined, of };
};
