-- What is known of a call later than its record, by command. Records and leases stay as they are: counters and the rows of
-- limits move, and these rows say by how much.

CREATE TABLE metering.usage_correction (
  organization_id  text        NOT NULL,
  -- Of the command.
  request_id       text        NOT NULL,
  ordinal          bigint      GENERATED ALWAYS AS IDENTITY,
  admitted_on      date        NOT NULL,
  usage_request_id text        NOT NULL,
  attempt          integer     NOT NULL CHECK (attempt >= 1),
  before_nano_usd  bigint      CHECK (before_nano_usd >= 0),
  amount_nano_usd  bigint      NOT NULL CHECK (amount_nano_usd >= 0),
  corrected_at     timestamptz NOT NULL,
  PRIMARY KEY (organization_id, request_id)
);

COMMENT ON TABLE metering.usage_correction IS 'What attempts cost by what was learnt later: of several of one attempt the last stands. Never changed.';

CREATE INDEX usage_correction_of_attempt ON metering.usage_correction (admitted_on, usage_request_id, attempt, ordinal);

CREATE TABLE metering.ledger_correction (
  organization_id text        NOT NULL,
  request_id      text        NOT NULL,
  limit_id        text        NOT NULL,
  period_start    timestamptz NOT NULL,
  -- By which "closed" and "doubt" of the row were moved.
  spent           bigint      NOT NULL,
  doubt           bigint      NOT NULL,
  PRIMARY KEY (organization_id, request_id, limit_id, period_start)
);

COMMENT ON TABLE metering.ledger_correction IS 'By how much commands have moved what rows have spent. Never changed.';

CREATE INDEX ledger_correction_of_row ON metering.ledger_correction (limit_id, period_start);

GRANT SELECT, INSERT ON metering.usage_correction, metering.ledger_correction TO gatehouse_metering;
