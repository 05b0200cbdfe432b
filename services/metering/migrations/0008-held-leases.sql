-- Leases that are slices of one limit, numbered per journal, under which many requests are admitted. Leases of the version
-- before (metering.lease) stay where they are until their journals close them; both are charged to the same rows.

ALTER TABLE metering.journal
  ADD COLUMN last_lease         bigint NOT NULL DEFAULT 0 CHECK (last_lease >= 0),
  ADD COLUMN acknowledged_below bigint NOT NULL DEFAULT 1 CHECK (acknowledged_below >= 0);

COMMENT ON COLUMN metering.journal.last_lease IS 'The number of its newest lease: one above it proves a restored backup.';
COMMENT ON COLUMN metering.journal.acknowledged_below IS 'Leases below are closed, and their journal knows: they may be swept.';

-- A report renews its lease: deadline, cap and what is settled change all the time, and are in no index.
CREATE TABLE metering.held_lease (
  journal_id      text        NOT NULL,
  number          bigint      NOT NULL CHECK (number >= 1),
  organization_id text        NOT NULL,
  limit_id        text        NOT NULL,
  period_start    timestamptz NOT NULL,
  unit            text        NOT NULL CHECK (unit IN ('nanoUsd', 'tokens', 'requests')),
  scope_kind      text        NOT NULL,
  scope_id        text        NOT NULL,
  revision        bigint      NOT NULL,
  cap             bigint      NOT NULL CHECK (cap >= 0),
  status          text        NOT NULL CHECK (status IN ('open', 'quarantined', 'closed')),
  deadline        timestamptz NOT NULL,
  admit_until     timestamptz,
  sequence        bigint      NOT NULL CHECK (sequence >= 0),
  count           bigint      NOT NULL CHECK (count >= 0),
  sum             bigint      NOT NULL CHECK (sum >= 0),
  doubt           bigint      NOT NULL CHECK (doubt BETWEEN 0 AND sum),
  PRIMARY KEY (journal_id, number)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE metering.held_lease IS 'Slices of one limit in one period, each held by one journal.';

CREATE INDEX held_lease_of_row ON metering.held_lease (limit_id, period_start, journal_id) WHERE status <> 'closed';

CREATE TABLE metering.slice_ask (
  journal_id text        NOT NULL,
  ask_id     text        NOT NULL,
  outcome    json        NOT NULL,
  asked_at   timestamptz NOT NULL,
  PRIMARY KEY (journal_id, ask_id)
);

COMMENT ON TABLE metering.slice_ask IS 'How each ask for slices was answered, denials too: a repetition answers the same.';

CREATE INDEX slice_ask_age ON metering.slice_ask (asked_at);

-- A row while the ledger is known to be older than what its journals have heard: nothing is granted until it goes.
CREATE TABLE metering.ledger_restored (
  noticed_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX ledger_restored_once ON metering.ledger_restored ((true));

GRANT SELECT, INSERT, UPDATE, DELETE ON metering.held_lease TO gatehouse_metering;
GRANT SELECT, INSERT, DELETE ON metering.slice_ask, metering.ledger_restored TO gatehouse_metering;

-- Windows of rate limits are swept once they have ended and nothing is open in them.
CREATE INDEX ledger_window ON metering.ledger (period_end) WHERE NOT budget;

GRANT DELETE ON metering.ledger TO gatehouse_metering;
