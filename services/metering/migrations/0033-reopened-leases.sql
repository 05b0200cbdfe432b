-- A journal that says which of its leases were closed tells a ledger that was restored, and not one that was recovered since.

ALTER TABLE metering.journal
  ADD COLUMN recovered_through bigint NOT NULL DEFAULT 0 CHECK (recovered_through >= 0);

COMMENT ON COLUMN metering.journal.recovered_through IS
  'Of the leases up to this number the ledger was recovered: those that it holds open and its journal has closed are charged by what records said.';
