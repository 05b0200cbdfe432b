-- A period is closed once it is over and nothing of it is open any more, with its totals and a digest of its leases. A
-- manual reset ends one before its time; the request that did is found again by its id.

ALTER TABLE metering.ledger
  ADD COLUMN attempts bigint  NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  ADD COLUMN digest   text    NOT NULL DEFAULT '',
  ADD COLUMN over     boolean NOT NULL DEFAULT false,
  ADD COLUMN reset_by text;

COMMENT ON COLUMN metering.ledger.attempts IS 'Calls of closed leases, since this column is there; so with the digest.';
COMMENT ON COLUMN metering.ledger.digest IS 'Hex: the sum of the SHA-256 digests of journal and number, count, sum and doubt of each.';
COMMENT ON COLUMN metering.ledger.over IS 'It was told that it is closed: nothing is granted from it, whatever becomes of its limit.';
COMMENT ON COLUMN metering.ledger.reset_by IS 'The request that ended it by hand.';

CREATE INDEX ledger_unclosed ON metering.ledger (period_end) WHERE budget AND NOT over;
CREATE INDEX ledger_reset ON metering.ledger (limit_id, reset_by) WHERE reset_by IS NOT NULL;

-- Of events that somebody asked for: actor, reason and request.
ALTER TABLE metering.pending_event ADD COLUMN asked json;
