-- A record names the leases under which its attempt was admitted, one for each limit that applied. No index: who compares
-- ledger and records reads them all. Records from before name the one lease of all their limits.

ALTER TABLE metering.usage_record
  ADD COLUMN journal_id text NOT NULL DEFAULT '',
  ADD COLUMN leases     bigint[];

COMMENT ON COLUMN metering.usage_record.leases IS 'Numbers of the leases of the journal; null where there were none.';
