import { AppError, type PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import {
  type RecordFilter,
  type SumsFilter,
  type SumsShape,
  UsageAccounts,
  type UsageCursor,
} from '../../app/usage/usage.ports';
import type { UsageRecord, UsageSums } from '../../domain/usage/usage-record';
import { fromRowSums, type SumsDbRow, sumsQuery } from './usage-sums-query';
import { recordsQuery } from './usage-records-query';
import { fromRowUsage, type UsageDbRow } from './usage.rows';

export class PostgresUsageAccounts extends UsageAccounts {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly UsageRecord[]> {
    const { text, values } = recordsQuery(filter, page);
    const { rows } = await this.pool.query<UsageDbRow>(text, values);
    return rows.map(fromRowUsage);
  }

  async sums(filter: SumsFilter, shape: SumsShape): Promise<readonly UsageSums[]> {
    const { text, values } = sumsQuery(filter, shape);
    const { rows } = await this.pool.query<SumsDbRow>(text, values);
    if (rows.length > shape.rowsMax) throw new AppError('REFUSED', 'USAGE_ROWS_EXCEEDED');
    return rows.map((row) => fromRowSums(row, shape));
  }
}
