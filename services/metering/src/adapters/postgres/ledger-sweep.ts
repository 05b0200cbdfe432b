import type { Pool } from 'pg';

const HOUR = 3_600_000;
/** As long as a reconciliation may want them, and longer than between two of them. */
const LEASES_KEPT = 7 * 24 * HOUR;
/** An answer that was lost is asked for again within seconds. */
const OUTCOMES_KEPT = HOUR;
/** Whoever shows what a limit stood at has shown it by then. */
const WINDOWS_KEPT = HOUR;
/** Rows that one statement deletes: the next sweep goes on. */
const AT_ONCE_MAX = 5_000;

const LEASES = `
  DELETE FROM metering.held_lease WHERE (journal_id, number) IN (
    SELECT l.journal_id, l.number FROM metering.journal j JOIN metering.held_lease l USING (journal_id)
    WHERE l.number < j.acknowledged_below AND l.status = 'closed' AND l.deadline < $1
    LIMIT ${AT_ONCE_MAX})`;

const OUTCOMES = `
  DELETE FROM metering.slice_ask WHERE (journal_id, ask_id) IN (
    SELECT journal_id, ask_id FROM metering.slice_ask WHERE asked_at < $1 ORDER BY asked_at LIMIT ${AT_ONCE_MAX})`;

/** The condition is looked at again under the row's lock. A lease that outlived its window keeps it. */
const WINDOWS = `
  DELETE FROM metering.ledger WHERE (limit_id, period_start) IN (
    SELECT limit_id, period_start FROM metering.ledger
    WHERE NOT budget AND period_end < $1 AND open_leases = 0 ORDER BY period_end LIMIT ${AT_ONCE_MAX})
    AND open_leases = 0`;

/** Deletes what nobody can ask about any more; a part of it where there is much. Answers how many rows. */
export const sweepLedger = async (pool: Pool, now: Date): Promise<number> => {
  let swept = 0;
  for (const [sql, kept] of [
    [LEASES, LEASES_KEPT],
    [OUTCOMES, OUTCOMES_KEPT],
    [WINDOWS, WINDOWS_KEPT],
  ] as const) {
    swept += (await pool.query(sql, [new Date(now.getTime() - kept)])).rowCount ?? 0;
  }
  return swept;
};
