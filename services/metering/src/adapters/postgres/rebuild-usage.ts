import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import {
  COUNTED,
  type Counters,
  COUNTERS,
  differingCounts,
  HISTOGRAMS,
  NO_LATENCIES,
  ofDay,
  SUMS,
} from './usage-counts-query';
import { marginRows, SERIES_COLUMN_NAMES } from './usage-series-columns';

/** Series of the day's records that are not there, and their margins. Those of metadata are bounded, and are not made here. */
const SERIES = `
  INSERT INTO metering.usage_series (organization_id, ${SERIES_COLUMN_NAMES.join()}, label_key, label_value)
  SELECT DISTINCT organization_id, s.*, '', ''
  FROM metering.usage_record r CROSS JOIN LATERAL (
    VALUES (${SERIES_COLUMN_NAMES.map((name) => `r.${name}`).join()}), ${marginRows('r')}) AS s
  WHERE admitted_on = $1
  ON CONFLICT DO NOTHING`;

/**
 * Adds to each counter what it lacks, rather than to set it: whatever is counted between the look and the change is added
 * to it as well. In order of their keys, as counters are always taken.
 */
const rebuild = (counters: Counters): string => `
  WITH ${differingCounts(counters)}
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
      (column) => `${column} = nullif(metering.add_counts(c.${column}, excluded.${column}), ${NO_LATENCIES})`,
    ),
  ].join()}`;

const EMPTY = (counters: Counters): string => `DELETE FROM ${ofDay(counters)} AND requests = 0`;

/** Adds up the counters of a day anew; answers how many were wrong. One such at a time: two would add the same twice. */
export const rebuildUsage = (pool: PgPool, day: string): Promise<number> =>
  pool.inTransaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey('metering counters anew')]);
    await tx.query(SERIES, [day]);
    let wrong = 0;
    for (const counters of COUNTERS) {
      wrong += (await tx.query(rebuild(counters), [day])).rowCount ?? 0;
      await tx.query(EMPTY(counters), [day]);
    }
    return wrong;
  });
