-- What books are compared by: how much of a row is of leases that were forgotten since, between when a lease may have been
-- used, and whether its journal or an operator has closed it.

ALTER TABLE metering.ledger
  ADD COLUMN forgotten       bigint NOT NULL DEFAULT 0 CHECK (forgotten >= 0),
  ADD COLUMN forgotten_doubt bigint NOT NULL DEFAULT 0 CHECK (forgotten_doubt BETWEEN 0 AND forgotten);

COMMENT ON COLUMN metering.ledger.forgotten IS 'Of "closed": sums of closed leases that are not kept any more.';

-- Of those that were forgotten before this was kept, as much as the row says.
UPDATE metering.ledger r SET forgotten = parts.closed, forgotten_doubt = least(parts.doubt, parts.closed)
FROM (
  SELECT l.limit_id, l.period_start, greatest(l.closed - coalesce(sum(h.sum), 0), 0) AS closed,
    greatest(l.doubt - coalesce(sum(h.doubt), 0), 0) AS doubt
  FROM metering.ledger l LEFT JOIN (
    SELECT limit_id, period_start, sum, doubt FROM metering.held_lease
    UNION ALL
    SELECT s.limit_id, s.period_start, s.charged,
      CASE s.unit WHEN 'nanoUsd' THEN o.doubt_nano_usd WHEN 'tokens' THEN o.doubt_tokens ELSE o.doubt_requests END
    FROM metering.lease o JOIN metering.lease_limit s USING (lease_id) WHERE o.status = 'closed'
  ) AS h USING (limit_id, period_start)
  GROUP BY l.limit_id, l.period_start
) AS parts
WHERE r.limit_id = parts.limit_id AND r.period_start = parts.period_start AND parts.closed > 0;

ALTER TABLE metering.held_lease
  ADD COLUMN granted_at timestamptz NOT NULL DEFAULT '-infinity',
  ADD COLUMN closed_at  timestamptz,
  ADD COLUMN released   boolean     NOT NULL DEFAULT false;

COMMENT ON COLUMN metering.held_lease.granted_at IS 'No record of its attempts was admitted before; -infinity of those from before this was kept.';
COMMENT ON COLUMN metering.held_lease.released IS 'Closed by an operator, with what its journal had reported: its records may say more.';

-- What each night's comparison has found.
CREATE TABLE metering.reconciliation (
  night       date        PRIMARY KEY,
  ended_at    timestamptz NOT NULL,
  differences bigint      NOT NULL CHECK (differences >= 0),
  report      json        NOT NULL
);

COMMENT ON TABLE metering.reconciliation IS 'Nightly comparisons of counters, records, leases and ledger rows. Never changed.';

GRANT SELECT, INSERT ON metering.reconciliation TO gatehouse_metering;
