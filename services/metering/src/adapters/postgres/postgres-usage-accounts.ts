import type { PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import {
  type RecordFilter,
  type SumsFilter,
  UsageAccounts,
  type UsageCursor,
} from '../../app/usage/usage.ports';
import type { UsageDimension, UsageRecord, UsageSums } from '../../domain/usage/usage-record';
import { recordsQuery } from './usage-records-query';
import { fromRowUsage, type UsageDbRow } from './usage.rows';

const COLUMNS: Readonly<Record<UsageDimension, string>> = {
  workspace: 'workspace_id',
  provision: 'provision_id',
  apiKey: 'api_key_id',
  model: 'model',
  day: 'day',
};

/** Sums do not fit a bigint as surely as what they sum: they come as text. */
interface SumsDbRow extends Partial<Record<string, string | bigint>> {
  requests: string;
  input_tokens: string;
  output_tokens: string;
  amount_nano_usd: string;
  doubt_nano_usd: string;
  unknown_requests: string;
}

export class PostgresUsageAccounts extends UsageAccounts {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly UsageRecord[]> {
    const { text, values } = recordsQuery(filter, page);
    const { rows } = await this.pool.query<UsageDbRow>(text, values);
    return rows.map(fromRowUsage);
  }

  async sums(
    { organizationId, workspaceId, provisionIds, fromDay, toDay }: SumsFilter,
    by: readonly UsageDimension[],
  ): Promise<readonly UsageSums[]> {
    const columns = by.map((dimension) => COLUMNS[dimension]).join(', ');
    const { rows } = await this.pool.query<SumsDbRow>(
      `SELECT ${columns && `${columns}, `}
         coalesce(sum(requests), 0)::text AS requests,
         coalesce(sum(input_tokens), 0)::text AS input_tokens,
         coalesce(sum(output_tokens), 0)::text AS output_tokens,
         coalesce(sum(amount_nano_usd), 0)::text AS amount_nano_usd,
         coalesce(sum(doubt_nano_usd), 0)::text AS doubt_nano_usd,
         coalesce(sum(unknown_requests), 0)::text AS unknown_requests
       FROM metering.usage_counter
       WHERE organization_id = $1
         AND ($2::text IS NULL OR workspace_id = $2)
         AND ($3::date IS NULL OR day >= $3)
         AND ($4::date IS NULL OR day <= $4)
         AND ($5::text[] IS NULL OR provision_id = ANY($5))
       ${columns && `GROUP BY ${columns} ORDER BY ${columns}`}`,
      [organizationId, workspaceId ?? null, fromDay ?? null, toDay ?? null, provisionIds ?? null],
    );
    return rows.map((row) => fromRowSums(row, by));
  }
}

const fromRowSums = (row: SumsDbRow, by: readonly UsageDimension[]): UsageSums => ({
  by: Object.fromEntries(by.map((dimension) => [dimension, String(row[COLUMNS[dimension]])])),
  requests: BigInt(row.requests),
  inputTokens: BigInt(row.input_tokens),
  outputTokens: BigInt(row.output_tokens),
  amount: BigInt(row.amount_nano_usd),
  doubt: BigInt(row.doubt_nano_usd),
  unknownRequests: BigInt(row.unknown_requests),
});
