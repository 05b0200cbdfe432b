import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import { UsageRollups } from '../../app/usage/usage.ports';
import type { UsageGrain } from '../../domain/usage/usage-rollup';
import { ADDED, beginOf, COUNTER_COLUMNS, sumsOfCounts } from './usage-counters';
import { marginRows, SERIES_COLUMN_NAMES } from './usage-series-columns';

const ORGANIZATION_AND = (series: string, of: string): string =>
  `${series}.label_key = '' AND ${series}.label_value = '' AND ${series}.organization_id = ${of}.organization_id`;

/**
 * Sums of hours by the margins of their series, null where a margin has none. All columns of the series' index are named: each is looked up,
 * by the thousand.
 */
export const inMargins = (hours: string): string => `
  SELECT m.series_id, c.begins, ${sumsOfCounts('c.')}
  FROM ${hours} c JOIN metering.usage_series s USING (series_id)
  CROSS JOIN LATERAL (VALUES ${marginRows('s')}) AS margin (${SERIES_COLUMN_NAMES.join()})
  LEFT JOIN metering.usage_series m ON ${ORGANIZATION_AND('m', 's')}
    AND (${SERIES_COLUMN_NAMES.map((name) => `m.${name}`).join()}) = (${SERIES_COLUMN_NAMES.map((name) => `margin.${name}`).join()})
  WHERE s.label_key = ''`;

const byInterval = (grain: UsageGrain, finer: string): string =>
  `SELECT series_id, ${beginOf(grain)} AS begins, ${sumsOfCounts()} FROM ${finer} GROUP BY 1, 2`;

/** In order of their keys, as counters are always taken. */
const addTo = (counters: string, counts: string): string =>
  `INSERT INTO metering.usage_${counters} AS c (${COUNTER_COLUMNS})
   SELECT ${COUNTER_COLUMNS} FROM ${counts} ORDER BY series_id, begins ${ADDED}`;

/**
 * In one statement, so that no other sees a count twice, or not at all. What is added to such a row meanwhile waits for it, and is another
 * row then. Where a margin had no series nothing would be moved: its number may not be null.
 */
const ROLL_UP = `
  WITH ripe AS MATERIALIZED (
    SELECT series_id, begins FROM metering.usage_recent WHERE begins < $1 ORDER BY series_id, begins LIMIT $2 FOR UPDATE
  ), taken AS (
    DELETE FROM metering.usage_recent r USING ripe
    WHERE r.series_id = ripe.series_id AND r.begins = ripe.begins RETURNING r.*
  ), hours AS MATERIALIZED (${byInterval('hour', 'taken')}
  ), margins AS MATERIALIZED (${inMargins('hours')} GROUP BY 1, 2
  ), minute AS (${addTo('minute', 'taken')}
  ), hour AS (${addTo('hour', 'hours')}
  ), day AS (${addTo('day', `(${byInterval('day', 'hours')}) AS days`)}
  ), margin_hour AS (${addTo('margin_hour', 'margins')}
  ), margin_day AS (${addTo('margin_day', `(${byInterval('day', 'margins')}) AS margin_days`)}
  )
  SELECT count(*)::integer AS moved FROM taken`;

/** Whether this process is to do it: an idle one does not plan what follows, which takes megabytes. */
const RIPE = `
  SELECT EXISTS (SELECT FROM metering.usage_recent WHERE begins < $2) AND pg_try_advisory_xact_lock($1) AS ripe`;

export class PostgresUsageRollups extends UsageRollups {
  constructor(private readonly pool: PgPool) {
    super();
  }

  rollUp(before: Date, max: number): Promise<number> {
    return this.pool.inTransaction(async (tx) => {
      const { rows } = await tx.query<{ ripe: boolean }>(RIPE, [
        advisoryKey('metering rolls up usage'),
        before,
      ]);
      if (!rows[0]?.ripe) return 0;
      return (await tx.query<{ moved: number }>(ROLL_UP, [before, max])).rows[0]?.moved ?? 0;
    });
  }
}
