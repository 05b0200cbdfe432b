import type { Product } from '@gatehouse/e2e';

/** A table with its indexes, partitions together. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Every table of the product's own, the largest first. Rows are counted. */
export const tableSizes = (product: Product): Promise<readonly TableSize[]> =>
  product.database(async (client) => {
    const { rows } = await client.query<{ table: string; bytes: number }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS table,
         sum(pg_total_relation_size(part.relid))::float8 AS bytes
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
         LATERAL (SELECT c.oid UNION SELECT relid FROM pg_partition_tree(c.oid)) AS part (relid)
       WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$)'
       GROUP BY 1 ORDER BY 2 DESC, 1`,
    );
    const sizes: TableSize[] = [];
    for (const { table, bytes } of rows) {
      const counted = await client.query<{ rows: number }>(`SELECT count(*)::float8 AS rows FROM ${table}`);
      sizes.push({ table, bytes, rows: counted.rows[0]?.rows ?? 0 });
    }
    return sizes;
  });
