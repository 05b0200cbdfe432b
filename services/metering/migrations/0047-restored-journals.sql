-- What journals say to a ledger that was restored from a backup, and what they have said is not taken for another restore later.

ALTER TABLE metering.journal
  ADD COLUMN lost_up_to bigint NOT NULL DEFAULT 0 CHECK (lost_up_to >= 0),
  ADD COLUMN untold_at  timestamptz;

COMMENT ON COLUMN metering.journal.lost_up_to IS
  'The number of its newest lease when the ledger was recovered last: of those up to it that the ledger does not know, finals prove nothing new.';
COMMENT ON COLUMN metering.journal.untold_at IS
  'When it said last, to a ledger that is not recovered yet, that the bus lacks records of what was settled under its leases; null where it did not, or said since that it has all.';
