-- Records of a span that are rated anew by other prices. What that makes of each is a correction as any other; what a batch of them makes of
-- the rows of limits is kept together.

CREATE TABLE metering.rerating (
  rerating_id        text        PRIMARY KEY,
  organization_id    text        NOT NULL,
  -- `proposed`: it waits for a second admin.
  status             text        NOT NULL CHECK (status IN ('proposed', 'running', 'done')),
  -- Which records; empty: of all.
  workspace_id       text        NOT NULL,
  integration_id     text        NOT NULL,
  model              text        NOT NULL,
  from_at            timestamptz NOT NULL,
  to_at              timestamptz NOT NULL,
  price_book_version bigint      NOT NULL,
  -- As they were when it was asked for, by integration and model.
  prices             jsonb       NOT NULL,
  -- Whether it may lower what limits have spent, and by how much in all where somebody else has approved it.
  approval           text        NOT NULL CHECK (approval IN ('needless', 'wanted', 'given')),
  lowers_max         bigint      CHECK ((lowers_max IS NOT NULL) = (approval = 'given')),
  lowered            bigint      NOT NULL DEFAULT 0,
  -- Who, and why.
  asked              jsonb       NOT NULL,
  asked_at           timestamptz NOT NULL,
  -- How far it is: the record that was looked at last, the newest being the first, and what became of all until then.
  batches            integer     NOT NULL DEFAULT 0,
  after_at           timestamptz,
  after_request_id   text,
  after_attempt      integer,
  tally              jsonb       NOT NULL,
  ended_at           timestamptz CHECK ((ended_at IS NOT NULL) = (status = 'done'))
);

COMMENT ON TABLE metering.rerating IS 'Commands that rate records anew, and how far they are. Few: one for each command of an admin.';

CREATE INDEX rerating_running ON metering.rerating (batches) WHERE status = 'running';

ALTER TABLE metering.usage_correction ADD COLUMN rerating_id text;
ALTER TABLE metering.ledger_correction ADD COLUMN rerating_id text;

COMMENT ON COLUMN metering.usage_correction.rerating_id IS 'By which it was corrected; null: by itself, which later ratings leave as it is.';

GRANT SELECT, INSERT, UPDATE ON metering.rerating TO gatehouse_metering;
