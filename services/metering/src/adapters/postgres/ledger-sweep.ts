import { INT64_MAX } from '@gatehouse/kernel';
import { inTransaction } from '@gatehouse/postgres';
import type { Pool } from 'pg';

const HOUR = 3_600_000;
/** As long as a reconciliation may want them, and longer than between two of them. */
export const LEASES_KEPT = 7 * 24 * HOUR;
/** An answer that was lost is asked for again within seconds. */
const OUTCOMES_KEPT = HOUR;
/** Whoever shows what a limit stood at has shown it by then. */
const WINDOWS_KEPT = HOUR;
/** Rows that one statement deletes: the next sweep goes on. */
const AT_ONCE_MAX = 5_000;

/** What is forgotten stays in the sums of its row. Rows are locked in order, as by whoever else locks several. */
const LEASES = `
  WITH old AS MATERIALIZED (
    SELECT l.journal_id, l.number, l.limit_id, l.period_start
    FROM metering.journal j JOIN metering.held_lease l USING (journal_id)
    WHERE l.number < j.acknowledged_below AND l.status = 'closed' AND l.closed_at < $1
    LIMIT ${AT_ONCE_MAX}
  ), locked AS MATERIALIZED (
    SELECT r.limit_id FROM metering.ledger r
    WHERE (r.limit_id, r.period_start) IN (SELECT limit_id, period_start FROM old)
    ORDER BY r.limit_id, r.period_start FOR NO KEY UPDATE
  ), gone AS (
    DELETE FROM metering.held_lease
    WHERE (journal_id, number) IN (SELECT journal_id, number FROM old) AND (SELECT count(*) FROM locked) >= 0
    RETURNING limit_id, period_start, sum, doubt
  ), kept AS (
    UPDATE metering.ledger r SET forgotten = least(r.forgotten + parts.sum, ${INT64_MAX}),
      forgotten_doubt = least(r.forgotten_doubt + parts.doubt, ${INT64_MAX})
    FROM (SELECT limit_id, period_start, sum(sum) AS sum, sum(doubt) AS doubt FROM gone GROUP BY 1, 2) AS parts
    WHERE r.limit_id = parts.limit_id AND r.period_start = parts.period_start AND parts.sum > 0
  )
  SELECT FROM gone`;

const OUTCOMES = `
  DELETE FROM metering.slice_ask WHERE (journal_id, ask_id) IN (
    SELECT journal_id, ask_id FROM metering.slice_ask WHERE asked_at < $1 ORDER BY asked_at LIMIT ${AT_ONCE_MAX})`;

/** The condition is looked at again under the row's lock. A lease that outlived its window keeps it. */
const WINDOWS = `
  DELETE FROM metering.ledger WHERE (limit_id, period_start) IN (
    SELECT limit_id, period_start FROM metering.ledger
    WHERE NOT budget AND period_end < $1 AND open_leases = 0 ORDER BY period_end LIMIT ${AT_ONCE_MAX})
    AND open_leases = 0`;

/** By indexes: the planner cannot know how little is old, and would rather read a table once than look up as much as may be deleted at once. */
const LOOKED_UP =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

/** Deletes what nobody can ask about any more; a part of it where there is much. Answers how many rows. */
export const sweepLedger = async (pool: Pool, now: Date): Promise<number> => {
  let swept = 0;
  for (const [sql, kept] of [
    [LEASES, LEASES_KEPT],
    [OUTCOMES, OUTCOMES_KEPT],
    [WINDOWS, WINDOWS_KEPT],
  ] as const) {
    swept += await inTransaction(pool, async (tx) => {
      await tx.query(LOOKED_UP);
      return (await tx.query(sql, [new Date(now.getTime() - kept)])).rowCount ?? 0;
    });
  }
  return swept;
};
