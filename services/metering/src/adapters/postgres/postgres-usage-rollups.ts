import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import { UsageRollups } from '../../app/usage/usage.ports';
import { ADDED, byInterval, byMargin, COUNTER_COLUMNS } from './usage-counters';

/** In order of their keys, as counters are always taken. */
const addTo = (counters: string, counts: string): string =>
  `INSERT INTO metering.usage_${counters} AS c (${COUNTER_COLUMNS})
   SELECT ${COUNTER_COLUMNS} FROM (${counts}) AS counts ORDER BY series_id, begins ${ADDED}`;

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
  ), hours AS MATERIALIZED (${byInterval('hour', 'TABLE taken')}
  ), margins AS MATERIALIZED (${byMargin('TABLE hours')}
  ), minute AS (${addTo('minute', 'TABLE taken')}
  ), hour AS (${addTo('hour', 'TABLE hours')}
  ), day AS (${addTo('day', byInterval('day', 'TABLE hours'))}
  ), margin_hour AS (${addTo('margin_hour', 'TABLE margins')}
  ), margin_day AS (${addTo('margin_day', byInterval('day', 'TABLE margins'))}
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
