import type { Product } from '@gatehouse/e2e';

export interface SizeRow {
  readonly what: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of them, in indexes. */
  readonly indexBytes: number;
}

export const COUNTERS: readonly string[] = [
  ...['usage_series', 'usage_recent', 'usage_minute', 'usage_hour', 'usage_day'],
  ...['usage_margin_hour', 'usage_margin_day'],
];

/** What usage takes in the database, partitions together. */
export const usageSizes = (product: Product): Promise<readonly SizeRow[]> =>
  product.database(async (client) => {
    const sizes: SizeRow[] = [];
    for (const what of ['usage_record', ...COUNTERS]) {
      const { rows } = await client.query<{ rows: number; bytes: number; index_bytes: number }>(
        `SELECT (SELECT count(*) FROM metering.${what})::float8 AS rows,
           sum(pg_total_relation_size(relid))::float8 AS bytes, sum(pg_indexes_size(relid))::float8 AS index_bytes
         FROM (SELECT 'metering.${what}'::regclass UNION SELECT relid FROM pg_partition_tree('metering.${what}')) AS part (relid)`,
      );
      const [row] = rows;
      if (row) sizes.push({ what, rows: row.rows, bytes: row.bytes, indexBytes: row.index_bytes });
    }
    return sizes;
  });
