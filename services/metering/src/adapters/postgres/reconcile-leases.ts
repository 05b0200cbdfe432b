import type { PgPool } from '@gatehouse/platform';
import { type DifferenceDbRow, type Found, toFound } from './reconcile.rows';

/**
 * A day more, for clocks that differ. Those of journals that never spoke again are kept beyond their time ($1), and would have ever more records read
 * each night.
 */
const SINCE = `
  SELECT coalesce(min(granted_at) - interval '1 day', 'infinity')::date::text AS since,
    count(*) AS leases FROM metering.held_lease WHERE status = 'closed' AND closed_at >= $1`;

/**
 * What the records say of each lease that they name. Attempts of which nobody saw the end are charged to leases as doubt, in
 * full, and so are left out of their amounts, as doubt is of those of leases.
 */
const NAMED = `
  SELECT u.journal_id, l.number, min(u.organization_id) AS organization_id, count(*) AS count,
    coalesce(sum(u.amount_nano_usd) FILTER (WHERE u.outcome <> 'unknown'), 0) AS nano_usd,
    coalesce(sum(u.input_tokens + u.output_tokens) FILTER (WHERE u.outcome <> 'unknown'), 0) AS tokens
  FROM metering.usage_record u CROSS JOIN LATERAL unnest(u.leases) AS l (number)
  WHERE u.admitted_on >= $1::date GROUP BY 1, 2`;

/** Leases that were closed since $4 ($2: before when all their records should be there) with what records say of them. */
const COMPARED = `
  compared AS (
    SELECT h.organization_id, h.journal_id || '.' || h.number AS subject, h.count AS kept_count,
      h.sum - h.doubt AS kept_sum, coalesce(n.count, 0) AS found_count,
      CASE h.unit WHEN 'nanoUsd' THEN coalesce(n.nano_usd, 0) WHEN 'tokens' THEN coalesce(n.tokens, 0)
        ELSE coalesce(n.count, 0) END AS found_sum,
      coalesce(h.closed_at >= $2, false) AND coalesce(n.count, 0) < h.count AS on_the_way
    FROM metering.held_lease h LEFT JOIN named n USING (journal_id, number)
    WHERE h.status = 'closed' AND NOT h.released AND h.closed_at >= $4
  )`;

const LEASES = `
  WITH named AS MATERIALIZED (${NAMED}), ${COMPARED}, differing AS (
    SELECT 'lease' AS kind, organization_id, subject, f.figure, f.kept::text, f.found::text
    FROM compared CROSS JOIN LATERAL (VALUES
      ('attempts', kept_count, found_count), ('spent, but for doubt', kept_sum, found_sum)) AS f (figure, kept, found)
    WHERE f.kept <> f.found AND NOT on_the_way
    UNION ALL
    SELECT 'leaseMissing', n.organization_id, n.journal_id || '.' || n.number, 'attempts', '0', n.count::text
    FROM named n LEFT JOIN metering.held_lease h USING (journal_id, number) LEFT JOIN metering.journal j USING (journal_id)
    LEFT JOIN metering.recovered_lease r USING (journal_id, number)
    WHERE h.number IS NULL AND r.number IS NULL AND (j.journal_id IS NULL OR n.number >= j.acknowledged_below)
  )
  SELECT d.*, count(*) OVER () AS differing, (SELECT count(*) FROM compared WHERE on_the_way) AS on_the_way
  FROM (SELECT 1) AS one LEFT JOIN differing d ON true
  ORDER BY d.subject, d.figure LIMIT $3`;

/** Those of the version before, which know all units of a call; tokens only where all records know theirs. */
const LEASES_OF_BEFORE = `
  SELECT 'lease' AS kind, u.organization_id, u.lease_id AS subject, f.figure, f.kept::text, f.found::text,
    count(*) OVER () AS differing
  FROM metering.unreconciled_lease u JOIN metering.lease l USING (lease_id)
  CROSS JOIN LATERAL (VALUES
    ('attempts', u.lease_count, u.record_count),
    ('nano-USD, but for doubt', u.lease_nano_usd, u.record_nano_usd),
    ('tokens, but for doubt', u.lease_tokens, u.record_tokens)) AS f (figure, kept, found)
  WHERE f.kept <> f.found AND l.deadline < $1
  ORDER BY u.lease_id LIMIT $2`;

type LeaseDifferenceDbRow = { [Column in keyof DifferenceDbRow]: DifferenceDbRow[Column] | null } & {
  on_the_way: bigint;
};

/** Closed leases with the records of the attempts that were admitted under them. Those that were released are excepted. */
export const reconcileLeases = async (
  pool: PgPool,
  { settledBefore, keptSince }: { readonly settledBefore: Date; readonly keptSince: Date },
  listed: number,
): Promise<Found & { readonly leases: bigint; readonly onTheWay: bigint }> => {
  const { rows: kept } = await pool.query<{ since: string; leases: bigint }>(SINCE, [keptSince]);
  const { since = 'infinity', leases = 0n } = kept[0] ?? {};
  const { rows } = await pool.query<LeaseDifferenceDbRow>(LEASES, [
    ...[since, settledBefore, listed, keptSince],
  ]);
  const differing = toFound(
    rows.filter((row): row is LeaseDifferenceDbRow & DifferenceDbRow => row.kind !== null),
  );
  const { rows: ofBefore } = await pool.query<DifferenceDbRow>(LEASES_OF_BEFORE, [settledBefore, listed]);
  const before = toFound(ofBefore);
  return {
    leases,
    onTheWay: rows[0]?.on_the_way ?? 0n,
    differing: differing.differing + before.differing,
    differences: [...differing.differences, ...before.differences],
  };
};
