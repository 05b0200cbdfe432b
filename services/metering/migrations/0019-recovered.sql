-- What a ledger that was restored from a backup learns from usage records, and who let it grant again.

ALTER TABLE metering.ledger
  ADD COLUMN recovered bigint NOT NULL DEFAULT 0 CHECK (recovered >= 0);

COMMENT ON COLUMN metering.ledger.recovered IS
  'Of "closed": by records alone, of leases that the ledger has lost. Finals of such leases are charged to it first.';

ALTER TABLE metering.ledger_recovery ADD COLUMN actor json;

COMMENT ON COLUMN metering.ledger_recovery.actor IS 'Who recovered it; null of those from before this was kept.';

CREATE TABLE metering.recovered_lease (
  journal_id text   NOT NULL,
  number     bigint NOT NULL,
  nano_usd   bigint NOT NULL CHECK (nano_usd >= 0),
  tokens     bigint NOT NULL CHECK (tokens >= 0),
  requests   bigint NOT NULL CHECK (requests >= 0),
  PRIMARY KEY (journal_id, number)
);

COMMENT ON TABLE metering.recovered_lease IS
  'Leases that a restored ledger has lost, with what records told of them when it was recovered: as much of their finals is charged already.';

GRANT SELECT, INSERT, UPDATE ON metering.recovered_lease TO gatehouse_metering;
