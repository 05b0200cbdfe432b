import { escapeIdentifier, type Pool } from 'pg';

/** Every table of the schema as ordered text: two projections of the same events give the same, byte for byte. */
export const dumpProjection = async (pool: Pick<Pool, 'query'>, schema: string): Promise<string> => {
  const { rows } = await pool.query<{ name: string; columns: string }>(
    `SELECT c.relname AS name, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
        ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
     GROUP BY c.relname ORDER BY c.relname COLLATE "C"`,
    [schema],
  );
  const tables: string[] = [];
  for (const { name, columns } of rows) {
    const { rows: lines } = await pool.query<{ line: string }>(
      `SELECT t::text AS line FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)} t
       ORDER BY t::text COLLATE "C"`,
    );
    tables.push(`${name} (${columns})\n${lines.map(({ line }) => `${line}\n`).join('')}`);
  }
  return tables.join('\n');
};
