-- Who let the ledger grant again after it was restored from a backup, and why.

CREATE TABLE metering.ledger_recovery (
  noticed_at   timestamptz NOT NULL,
  recovered_at timestamptz NOT NULL PRIMARY KEY,
  reason       text        NOT NULL
);

COMMENT ON TABLE metering.ledger_recovery IS 'Restores from a backup that an operator has dealt with. Never changed.';

GRANT SELECT, INSERT ON metering.ledger_recovery TO gatehouse_metering;
