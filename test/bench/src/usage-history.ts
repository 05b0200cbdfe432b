import type { Product } from '@gatehouse/e2e';
import { telling } from './telling';
import { COUNTERS } from './usage-size';

const DAYS = 30;
/** Copies of different days are made side by side, and indexes: making one takes one processor. */
const ABREAST = 2;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const DAY_MS = 86_400_000;

export interface HistoryFigures {
  /** How many records there are then. */
  readonly records: number;
  /** Each part, and how many seconds it took. */
  readonly took: Readonly<Record<'copied' | 'indexed' | 'counted anew' | 'vacuumed', number>>;
}

/**
 * The records that there are, so many times over, spread over the 30 days before the first of them, and counted as an operator
 * has records counted anew. Nobody waits for the copies: no commit of them is durable, and indexes are made once all are there.
 */
export const spreadOverDays = async (
  product: Product,
  copies: number,
  since: Date,
): Promise<HistoryFigures> => {
  const took = { copied: 0, indexed: 0, 'counted anew': 0, vacuumed: 0 };
  const timed = async (part: keyof typeof took, work: () => Promise<unknown>): Promise<void> => {
    const begun = performance.now();
    await work();
    took[part] = Math.round((performance.now() - begun) / 100) / 10;
  };
  const indexes = await product.database(dropIndexes);
  await timed('copied', () => copyRecords(product, copies, since));
  await timed('indexed', () => makeIndexes(product, indexes));
  await product.database((client) => client.query('ANALYZE metering.usage_record, metering.usage_series'));
  const records = await product.database(countRecords);
  const [from, to] = [since.getTime() - (DAYS + 1) * DAY_MS, since.getTime()].map(dayOf);
  await timed('counted anew', () =>
    product.cli('counters', 'rebuild', '--from', from ?? '', '--to', to ?? ''),
  );
  await timed('vacuumed', () =>
    product.database(async (client) => {
      for (const table of ['usage_record', ...COUNTERS])
        await client.query(`VACUUM (ANALYZE) metering.${table}`);
    }),
  );
  return { records, took };
};

type Database = Parameters<Parameters<Product['database']>[0]>[0];

/** Answers the statements that make them again, the key's first. */
const dropIndexes = async (client: Database): Promise<readonly string[]> => {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `SELECT CASE WHEN indisprimary THEN format('ALTER TABLE metering.usage_record DROP CONSTRAINT %I', relname)
         ELSE format('DROP INDEX metering.%I', relname) END AS drop,
       CASE WHEN indisprimary THEN (
           SELECT format('ALTER TABLE metering.usage_record ADD %s', pg_get_constraintdef(oid))
           FROM pg_constraint WHERE conindid = indexrelid)
         ELSE replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') END AS make
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = 'metering.usage_record'::regclass ORDER BY indisprimary DESC`,
  );
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ make }) => make);
};

const makeIndexes = async (product: Product, statements: readonly string[]): Promise<void> => {
  const [key = '', ...others] = statements;
  const make = (database: Database, statement: string): Promise<unknown> =>
    database.query(
      `SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0; ${statement}`,
    );
  await product.database((database) => make(database, key));
  await abreast('indexes', others, product, make);
};

/** Does each of these, two at a time, each of the two on a connection of its own. */
const abreast = async <Item>(
  what: string,
  items: readonly Item[],
  product: Product,
  work: (database: Database, item: Item) => Promise<unknown>,
): Promise<void> => {
  const left = items.values();
  let done = 0;
  const worker = (): Promise<void> =>
    product.database(async (database) => {
      await database.query('SET synchronous_commit = off');
      for (const item of left) {
        await work(database, item);
        done++;
      }
    });
  await telling(
    what,
    items.length,
    () => done,
    () => Promise.all(Array.from({ length: ABREAST }, worker)),
  );
};

const copyRecords = async (product: Product, copies: number, since: Date): Promise<void> => {
  const columns = await product.database(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = 'metering' AND table_name = 'usage_record' ORDER BY ordinal_position`,
    );
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
    return rows.map(({ name }) => name);
  });
  const admitted = `($1::timestamptz - interval '${DAYS} days' * ($2::float8 + 1 - share) / $3::float8)`;
  const columnsOfCopy: Readonly<Record<string, string>> = {
    admitted_on: `(${admitted} AT TIME ZONE 'UTC')::date`,
    request_id: `request_id || '-' || $2::integer`,
    admitted_at: `date_trunc('milliseconds', ${admitted})`,
    settled_at: `date_trunc('milliseconds', ${admitted} + (settled_at - admitted_at))`,
  };
  const copyOnce = (database: Database, copy: number): Promise<unknown> =>
    database.query(
      `INSERT INTO metering.usage_record (${columns.join(', ')})
       SELECT ${columns.map((name) => columnsOfCopy[name] ?? name).join(', ')} FROM metering.bench_original`,
      [since, copy, copies],
    );
  await abreast(
    'copies',
    Array.from({ length: copies }, (_, copy) => copy),
    product,
    copyOnce,
  );
  await product.database((client) => client.query('DROP TABLE metering.bench_original'));
};

const countRecords = async (client: Database): Promise<number> => {
  const { rows } = await client.query<{ records: number }>(
    'SELECT count(*)::integer AS records FROM metering.usage_record',
  );
  return rows[0]?.records ?? 0;
};
