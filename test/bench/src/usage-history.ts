import type { Product } from '@gatehouse/e2e';
import { telling } from './telling';
import { COUNTERS } from './usage-size';

const DAYS = 30;
/** Copies of different days are made side by side: making one takes one processor. */
const COPIERS = 2;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const DAY_MS = 86_400_000;

/**
 * The records that there are, so many times over, spread over the 30 days before the first of them, and counted as an operator
 * has records counted anew. Answers how many there are then. Nobody waits for the copies: no commit of them is durable.
 */
export const spreadOverDays = async (product: Product, copies: number, since: Date): Promise<number> => {
  const records = await product.database((client) => copyRecords(product, client, copies, since));
  const [from, to] = [since.getTime() - (DAYS + 1) * DAY_MS, since.getTime()].map(dayOf);
  let counted = 0;
  await telling(
    'counted anew',
    records,
    () => counted,
    async () => {
      await product.cli('counters', 'rebuild', '--from', from ?? '', '--to', to ?? '');
      counted = records;
    },
  );
  await product.database(async (client) => {
    for (const table of ['usage_record', ...COUNTERS])
      await client.query(`VACUUM (ANALYZE) metering.${table}`);
  });
  return records;
};

type Database = Parameters<Parameters<Product['database']>[0]>[0];

const copyRecords = async (
  product: Product,
  client: Database,
  copies: number,
  since: Date,
): Promise<number> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'metering' AND table_name = 'usage_record' ORDER BY ordinal_position`,
  );
  const columns = rows.map(({ name }) => name);
  await client.query(
    `CREATE TABLE metering.bench_original AS
     SELECT *, extract(epoch FROM admitted_at - min(admitted_at) OVER ())
       / greatest(extract(epoch FROM max(admitted_at) OVER () - min(admitted_at) OVER ()), 1) AS share
     FROM metering.usage_record`,
  );
  await client.query(
    `SELECT metering.make_usage_partition(day::date)
     FROM generate_series($1::timestamptz - interval '${DAYS + 1} days', $1::timestamptz, interval '1 day') AS day`,
    [since],
  );
  const copyOnce = async (database: Database, copy: number): Promise<void> => {
    const admitted = `($1::timestamptz - interval '${DAYS} days' * ($2::float8 + 1 - share) / $3::float8)`;
    const columnsOfCopy: Readonly<Record<string, string>> = {
      admitted_on: `(${admitted} AT TIME ZONE 'UTC')::date`,
      request_id: `request_id || '-' || $2::integer`,
      admitted_at: `date_trunc('milliseconds', ${admitted})`,
      settled_at: `date_trunc('milliseconds', ${admitted} + (settled_at - admitted_at))`,
    };
    await database.query(
      `INSERT INTO metering.usage_record (${columns.join(', ')})
       SELECT ${columns.map((name) => columnsOfCopy[name] ?? name).join(', ')} FROM metering.bench_original`,
      [since, copy, copies],
    );
  };
  let begun = 0;
  let copied = 0;
  const copying = (): Promise<void> =>
    product.database(async (database) => {
      await database.query('SET synchronous_commit = off');
      for (; begun < copies; copied++) await copyOnce(database, begun++);
    });
  await telling(
    'copies',
    copies,
    () => copied,
    () => Promise.all(Array.from({ length: COPIERS }, copying)),
  );
  await client.query('DROP TABLE metering.bench_original; ANALYZE metering.usage_record');
  const { rows: counted } = await client.query<{ records: number }>(
    'SELECT count(*)::integer AS records FROM metering.usage_record',
  );
  return counted[0]?.records ?? 0;
};
