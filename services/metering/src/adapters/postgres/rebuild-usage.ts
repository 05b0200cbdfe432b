import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import { COUNTED, HISTOGRAMS, SUMS } from './usage-counters';
import { type Counters, COUNTERS, differingCounts, inBulk, NO_LATENCIES, ofDay } from './usage-counts-query';
import { marginRows, SERIES_COLUMN_NAMES } from './usage-series-columns';

const NAMES = SERIES_COLUMN_NAMES.join();
const namesOf = (table: string): string => SERIES_COLUMN_NAMES.map((name) => `${table}.${name}`).join();

/**
 * Series of the day's records that are not there, and their margins. Those of metadata are bounded, and are not made here. In one order, so
 * that of two days neither waits for the other. What is there is not tried: each try takes a number.
 */
const SERIES = `
  INSERT INTO metering.usage_series (organization_id, ${NAMES}, label_key, label_value)
  SELECT DISTINCT organization_id, s.*, '', ''
  FROM (SELECT DISTINCT organization_id, ${NAMES} FROM metering.usage_record WHERE admitted_on = $1) AS r
  CROSS JOIN LATERAL (VALUES (${namesOf('r')}), ${marginRows('r')}) AS s (${NAMES})
  WHERE NOT EXISTS (
    SELECT FROM metering.usage_series k WHERE k.label_key = '' AND k.label_value = ''
      AND k.organization_id = r.organization_id AND (${namesOf('k')}) = (${namesOf('s')})
  )
  ORDER BY organization_id, ${NAMES}
  ON CONFLICT DO NOTHING`;

/**
 * Adds to each counter what it lacks, rather than to set it: whatever is counted between the look and the change is added
 * to it as well. In order of their keys, as counters are always taken.
 */
const rebuild = (counters: Counters): string => `
  WITH ${differingCounts(counters)}, rebuilt AS (
    INSERT INTO metering.usage_${counters} AS c (series_id, begins, ${COUNTED.join()})
    SELECT series_id, begins, ${[
      ...SUMS.map((column) => `found_${column} - kept_${column}`),
      ...HISTOGRAMS.map(
        (column) => `nullif(metering.less_counts(found_${column}, kept_${column}), ${NO_LATENCIES})`,
      ),
    ].join()}
    FROM differing WHERE series_id IS NOT NULL ORDER BY series_id, begins
    ON CONFLICT (series_id, begins) DO UPDATE SET ${[
      ...SUMS.map((column) => `${column} = c.${column} + excluded.${column}`),
      ...HISTOGRAMS.map(
        (column) =>
          `${column} = nullif(metering.add_counts(c.${column}, excluded.${column}), ${NO_LATENCIES})`,
      ),
    ].join()}
    RETURNING requests
  )
  SELECT count(*)::integer AS wrong, bool_or(requests = 0) AS emptied FROM rebuilt`;

const EMPTY = (counters: Counters): string => `DELETE FROM ${ofDay(counters)} AND requests = 0`;

/**
 * Adds up the counters of a day anew; answers how many were wrong. Table by table, each made of what stands in the one before: whoever counts
 * what comes meanwhile waits for one of them at most. One such at a time of each day: two would add the same twice.
 */
export const rebuildUsage = async (pool: PgPool, day: string): Promise<number> => {
  await inBulk(pool, async (tx) => {
    // Few of many, and texts: sorting them all takes longer.
    await tx.query('SET LOCAL enable_hashagg = on');
    await tx.query(SERIES, [day]);
  });
  let wrong = 0;
  for (const counters of COUNTERS) wrong += await rebuildTable(pool, day, counters);
  if (wrong > 0) await pool.query('SELECT metering.summarize_usage_times()');
  return wrong;
};

const rebuildTable = (pool: PgPool, day: string, counters: Counters): Promise<number> =>
  inBulk(pool, async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey(`metering counters anew, ${day}`)]);
    const { rows } = await tx.query<{ wrong: number; emptied: boolean | null }>(rebuild(counters), [day]);
    if (rows[0]?.emptied) await tx.query(EMPTY(counters), [day]);
    return rows[0]?.wrong ?? 0;
  });
