-- What a restored ledger learns of a lease that it has lost, where the limit that it is of bears doubt.

ALTER TABLE metering.recovered_lease
  ADD COLUMN strict_nano_usd bigint NOT NULL DEFAULT 0 CHECK (strict_nano_usd >= 0);

COMMENT ON COLUMN metering.recovered_lease.strict_nano_usd IS
  'As nano_usd, of a limit that is strict; less than it in rows from before this was kept.';
