import { INT64_MAX, type LimitId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { BookException, ExceptionKind } from '../../domain/books/reconciliation';
import { leaseQuarantinedId, quarantineReleasedId } from '../../domain/lease/lease.events';
import { type DifferenceDbRow, type Found, toFound } from './reconcile.rows';

const ROW_OF = (table: string): string =>
  `${table}.limit_id || ' ' || to_char(${table}.period_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What leases make of their rows, `sharesOf`, that of leases of before, by how much corrections moved them, and what records told of lost leases. */
const ROWS = `
  WITH parts AS (
    SELECT limit_id, period_start, sum AS closed, doubt,
      CASE WHEN status <> 'closed' THEN greatest(cap - sum, 0) ELSE 0 END AS open,
      CASE WHEN status = 'quarantined' THEN greatest(cap - sum, 0) ELSE 0 END AS quarantined,
      (status <> 'closed')::int AS leases
    FROM metering.held_lease
    UNION ALL
    SELECT s.limit_id, s.period_start, s.charged,
      CASE WHEN l.status <> 'closed' THEN 0 WHEN s.unit = 'nanoUsd' THEN l.doubt_nano_usd
        WHEN s.unit = 'tokens' THEN l.doubt_tokens ELSE l.doubt_requests END,
      CASE WHEN l.status <> 'closed' THEN s.cap ELSE 0 END,
      CASE WHEN l.status = 'quarantined' THEN s.cap ELSE 0 END,
      (l.status <> 'closed')::int
    FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
    UNION ALL
    SELECT limit_id, period_start, spent, doubt, 0, 0, 0 FROM metering.ledger_correction
  ), summed AS (
    SELECT limit_id, period_start, sum(closed) AS closed, sum(doubt) AS doubt, sum(open) AS open,
      sum(quarantined) AS quarantined, sum(leases) AS leases
    FROM parts GROUP BY 1, 2
  )
  SELECT 'row' AS kind, r.organization_id, ${ROW_OF('r')} AS subject, f.figure, f.kept::text, f.found::text,
    count(*) OVER () AS differing
  FROM metering.ledger r LEFT JOIN summed p USING (limit_id, period_start)
  CROSS JOIN LATERAL (VALUES
    ('spent', r.closed, least(coalesce(p.closed, 0) + r.forgotten + r.recovered, ${INT64_MAX} - r.open)),
    ('held', r.open, coalesce(p.open, 0)),
    ('in quarantine', r.quarantined, coalesce(p.quarantined, 0)),
    ('in doubt', r.doubt, least(coalesce(p.doubt, 0) + r.forgotten_doubt, r.closed)),
    ('open leases', r.open_leases, coalesce(p.leases, 0))
  ) AS f (figure, kept, found)
  WHERE f.kept <> f.found
  ORDER BY r.limit_id, r.period_start LIMIT $1`;

/** Windows of rate limits are forgotten before the leases that were closed in them. */
const MISSING_ROWS = `
  SELECT 'rowMissing' AS kind, min(h.organization_id) AS organization_id, ${ROW_OF('h')} AS subject, 'leases' AS figure,
    '0' AS kept, count(*)::text AS found, count(*) OVER () AS differing
  FROM metering.held_lease h LEFT JOIN metering.ledger r USING (limit_id, period_start)
  WHERE r.limit_id IS NULL AND (h.status <> 'closed' OR EXISTS (
    SELECT FROM metering_limits.limit_in_force f
    WHERE f.limit_id = h.limit_id AND f.period NOT IN ('minute', 'hour', 'day')))
  GROUP BY h.limit_id, h.period_start
  ORDER BY h.limit_id, h.period_start LIMIT $1`;

const EXCEPTIONS = `
  SELECT *, count(*) OVER () AS excepted FROM (
    SELECT CASE WHEN released THEN 'released' ELSE 'quarantined' END AS kind, organization_id, limit_id,
      journal_id || '.' || number AS subject, CASE WHEN released THEN sum ELSE greatest(cap - sum, 0) END AS amount, deadline
    FROM metering.held_lease WHERE status = 'quarantined' OR (released AND closed_at >= $2)
    UNION ALL
    SELECT 'quarantined', l.organization_id, s.limit_id, l.lease_id, s.cap, l.deadline
    FROM metering.lease l JOIN metering.lease_limit s USING (lease_id) WHERE l.status = 'quarantined'
    UNION ALL
    SELECT 'inDoubt', r.organization_id, r.limit_id, ${ROW_OF('r')}, r.doubt, NULL FROM metering.ledger r WHERE r.doubt > 0
    UNION ALL
    SELECT 'recovered', r.organization_id, r.limit_id, ${ROW_OF('r')}, r.recovered, NULL FROM metering.ledger r
    WHERE r.recovered > 0
  ) AS excepted
  ORDER BY kind, limit_id, subject LIMIT $1`;

interface ExceptionDbRow {
  kind: ExceptionKind;
  organization_id: string;
  limit_id: LimitId;
  subject: string;
  amount: bigint;
  deadline: Date | null;
  excepted: bigint;
}

/** Rows of the ledger with the leases that they are made of. */
export const reconcileRows = async (
  pool: PgPool,
  listed: number,
): Promise<Found & { readonly rows: bigint }> => {
  const differing = toFound((await pool.query<DifferenceDbRow>(ROWS, [listed])).rows);
  const missing = toFound((await pool.query<DifferenceDbRow>(MISSING_ROWS, [listed])).rows);
  const { rows } = await pool.query<{ rows: bigint }>('SELECT count(*) AS rows FROM metering.ledger');
  return {
    rows: rows[0]?.rows ?? 0n,
    differing: differing.differing + missing.differing,
    differences: [...differing.differences, ...missing.differences],
  };
};

/** What is charged, or is not, for a reason that was told. */
export const exceptionsOf = async (
  pool: PgPool,
  keptSince: Date,
  listed: number,
): Promise<{ readonly excepted: bigint; readonly exceptions: readonly BookException[] }> => {
  const { rows } = await pool.query<ExceptionDbRow>(EXCEPTIONS, [listed, keptSince]);
  return {
    excepted: rows[0]?.excepted ?? 0n,
    exceptions: rows.map((row) => ({
      kind: row.kind,
      organizationId: row.organization_id,
      limitId: row.limit_id,
      subject: row.subject,
      amount: row.amount,
      eventId: eventOf(row),
    })),
  };
};

const eventOf = ({ kind, subject, limit_id, deadline }: ExceptionDbRow): BookException['eventId'] => {
  switch (kind) {
    case 'quarantined':
      return deadline ? leaseQuarantinedId(subject, limit_id, deadline) : undefined;
    case 'released':
      return quarantineReleasedId(subject);
    case 'inDoubt':
    case 'recovered':
      return undefined;
  }
};
