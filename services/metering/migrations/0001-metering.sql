-- The ledger, what its answers rest on, and the accounts of usage.
--
-- ledger, lease, lease_limit, ask and journal are primary data: nothing else could rebuild them. Every transaction on
-- them locks the journals it concerns first and its ledger rows after, each in order of their keys. The journal's row
-- is the mutex of its leases and asks, the ledger row that of its amounts.

CREATE SCHEMA metering;

-- Projections live in schemas of their own, which the service makes and swaps itself; their bookkeeping lives here.
GRANT USAGE, CREATE ON SCHEMA metering TO gatehouse_metering;

-- Hot rows: each grant and each settlement updates them in place, so that their pages are kept half empty for
-- HOT updates (no index on what changes) and their dead versions are pruned while reading. What pruning leaves
-- behind a long snapshot is for autovacuum, which is told not to wait for a share of the table.

CREATE TABLE metering.journal (
  journal_id  text   PRIMARY KEY,
  -- 0: about to be opened for the first time.
  incarnation bigint NOT NULL CHECK (incarnation >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE metering.journal IS 'Who holds leases, and which start of it may ask.';

CREATE TABLE metering.ledger (
  limit_id     text        NOT NULL,
  period_start timestamptz NOT NULL,
  period_end   timestamptz CHECK (period_end > period_start),
  rule         text        NOT NULL,
  scope_kind   text        NOT NULL CHECK (scope_kind IN ('provision', 'workspace', 'apiKey')),
  scope_id     text        NOT NULL,
  budget       boolean     NOT NULL,
  amount       bigint      NOT NULL CHECK (amount >= 1),
  closed       bigint      NOT NULL CHECK (closed >= 0),
  open         bigint      NOT NULL CHECK (open >= 0),
  doubt        bigint      NOT NULL CHECK (doubt BETWEEN 0 AND closed),
  quarantined  bigint      NOT NULL CHECK (quarantined BETWEEN 0 AND open),
  ceiling      bigint      NOT NULL CHECK (ceiling >= 0),
  open_leases  integer     NOT NULL CHECK (open_leases >= 0),
  announced    smallint    NOT NULL CHECK (announced BETWEEN 0 AND 100),
  PRIMARY KEY (limit_id, period_start),
  -- The bound itself, said so that it cannot overflow: closed + open <= greatest(amount, ceiling).
  CONSTRAINT ledger_bound CHECK (closed <= greatest(amount, ceiling) - open)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE metering.ledger IS 'One row per limit and period: closed + open never exceeds the limit by a grant.';
COMMENT ON COLUMN metering.ledger.closed IS 'Sums of closed leases.';
COMMENT ON COLUMN metering.ledger.open IS 'Caps of leases that are open or quarantined.';
COMMENT ON COLUMN metering.ledger.ceiling IS 'How far facts, which are never refused, carried closed + open.';

CREATE TABLE metering.lease (
  lease_id        text        PRIMARY KEY,
  journal_id      text        NOT NULL,
  ask_id          text        NOT NULL,
  organization_id text        NOT NULL,
  status          text        NOT NULL CHECK (status IN ('open', 'quarantined', 'closed')),
  deadline        timestamptz NOT NULL,
  admit_until     timestamptz,
  returns         bigint      NOT NULL DEFAULT 0 CHECK (returns >= 0),
  count           bigint      NOT NULL DEFAULT 0 CHECK (count >= 0),
  sum_nano_usd    bigint      NOT NULL DEFAULT 0 CHECK (sum_nano_usd >= 0),
  sum_tokens      bigint      NOT NULL DEFAULT 0 CHECK (sum_tokens >= 0),
  sum_requests    bigint      NOT NULL DEFAULT 0 CHECK (sum_requests >= 0),
  doubt_nano_usd  bigint      NOT NULL DEFAULT 0 CHECK (doubt_nano_usd >= 0),
  doubt_tokens    bigint      NOT NULL DEFAULT 0 CHECK (doubt_tokens >= 0),
  doubt_requests  bigint      NOT NULL DEFAULT 0 CHECK (doubt_requests >= 0)
) WITH (fillfactor = 80);

-- Closed leases are kept for ever and are in neither of these.
CREATE INDEX lease_of_journal ON metering.lease (journal_id) WHERE status <> 'closed';
CREATE INDEX lease_silent ON metering.lease (deadline) WHERE status = 'open';

CREATE TABLE metering.lease_limit (
  -- No foreign key: it would lock every lease once more, and both rows are written by one statement of one place.
  lease_id     text        NOT NULL,
  limit_id     text        NOT NULL,
  period_start timestamptz NOT NULL,
  unit         text        NOT NULL CHECK (unit IN ('nanoUsd', 'tokens', 'requests')),
  cap          bigint      NOT NULL CHECK (cap >= 0),
  charged      bigint      NOT NULL DEFAULT 0 CHECK (charged >= 0),
  PRIMARY KEY (lease_id, limit_id)
) WITH (fillfactor = 80);

COMMENT ON TABLE metering.lease_limit IS 'A lease''s part in each of its limits, in the period that granted it.';

CREATE TABLE metering.ask (
  journal_id text        NOT NULL,
  ask_id     text        NOT NULL,
  outcome    json        NOT NULL,
  asked_at   timestamptz NOT NULL,
  PRIMARY KEY (journal_id, ask_id)
);


COMMENT ON TABLE metering.ask IS 'How each ask was answered, denials too: a repetition answers the same.';

-- Events decided by the ledger, on their way to the event store; a row goes when the store has it.
CREATE TABLE metering.pending_event (
  ordinal         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id        uuid   NOT NULL UNIQUE,
  organization_id text   NOT NULL,
  stream          text   NOT NULL,
  type            text   NOT NULL,
  version         integer NOT NULL,
  data            json   NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON metering.journal, metering.ledger, metering.lease, metering.lease_limit
  TO gatehouse_metering;
GRANT SELECT, INSERT, DELETE ON metering.ask, metering.pending_event TO gatehouse_metering;
-- The rows that are told to the event store are locked while they are.
GRANT UPDATE ON metering.pending_event TO gatehouse_metering;

-- The accounts of usage. The day of admission comes first in the key, so that the table can be partitioned by it.

CREATE TABLE metering.usage_record (
  admitted_on                   date        NOT NULL,
  request_id                    text        NOT NULL,
  attempt                       integer     NOT NULL CHECK (attempt >= 1),
  organization_id               text        NOT NULL,
  workspace_id                  text        NOT NULL,
  provision_id                  text        NOT NULL,
  integration_id                text        NOT NULL,
  api_key_id                    text        NOT NULL,
  model                         text        NOT NULL,
  input_tokens                  bigint      CHECK (input_tokens >= 0),
  output_tokens                 bigint      CHECK (output_tokens >= 0),
  cached_input_tokens           bigint      CHECK (cached_input_tokens >= 0),
  reasoning_tokens              bigint      CHECK (reasoning_tokens >= 0),
  amount_nano_usd               bigint      CHECK (amount_nano_usd >= 0),
  doubt_nano_usd                bigint      NOT NULL CHECK (doubt_nano_usd >= 0),
  estimated                     boolean     NOT NULL,
  outcome                       text        NOT NULL,
  admitted_at                   timestamptz NOT NULL,
  settled_at                    timestamptz NOT NULL,
  streamed                      boolean     NOT NULL,
  lease_id                      text        NOT NULL,
  input_nano_usd_per_million    bigint      CHECK (input_nano_usd_per_million >= 0),
  output_nano_usd_per_million   bigint      CHECK (output_nano_usd_per_million >= 0),
  PRIMARY KEY (admitted_on, request_id, attempt)
);

COMMENT ON TABLE metering.usage_record IS 'One row per attempt to call a provider, as its gateway told it. Never changed.';

CREATE INDEX usage_newest ON metering.usage_record (organization_id, admitted_at DESC, request_id, attempt);
CREATE INDEX usage_newest_of_workspace
  ON metering.usage_record (organization_id, workspace_id, admitted_at DESC, request_id, attempt);
CREATE INDEX usage_of_lease ON metering.usage_record (lease_id) WHERE lease_id <> '';

CREATE TABLE metering.usage_counter (
  day              date   NOT NULL,
  organization_id  text   NOT NULL,
  workspace_id     text   NOT NULL,
  provision_id     text   NOT NULL,
  api_key_id       text   NOT NULL,
  model            text   NOT NULL,
  requests         bigint NOT NULL,
  input_tokens     numeric(38) NOT NULL,
  output_tokens    numeric(38) NOT NULL,
  amount_nano_usd  numeric(38) NOT NULL,
  doubt_nano_usd   numeric(38) NOT NULL,
  unknown_requests bigint NOT NULL,
  PRIMARY KEY (organization_id, day, workspace_id, provision_id, api_key_id, model)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE metering.usage_counter IS 'Sums of the usage records that were inserted, each once.';

GRANT SELECT, INSERT ON metering.usage_record TO gatehouse_metering;
GRANT SELECT, INSERT, UPDATE ON metering.usage_counter TO gatehouse_metering;

-- Closed leases whose journal charged something else than their usage records say: another number of attempts, or
-- another amount of money or tokens (doubt left aside; tokens only where all records know theirs). Records may still be
-- on their way: a difference means something once the bus has been read to its end.
CREATE VIEW metering.unreconciled_lease AS
SELECT *
FROM (
  SELECT l.lease_id, l.organization_id, l.journal_id,
    l.count AS lease_count,
    l.sum_nano_usd - l.doubt_nano_usd AS lease_nano_usd,
    l.sum_tokens - l.doubt_tokens AS lease_tokens,
    count(u.request_id) AS record_count,
    coalesce(sum(u.amount_nano_usd), 0) AS record_nano_usd,
    CASE WHEN count(u.request_id) = count(u.input_tokens + u.output_tokens)
      THEN coalesce(sum(u.input_tokens + u.output_tokens), 0) END AS record_tokens
  FROM metering.lease l LEFT JOIN metering.usage_record u ON u.lease_id = l.lease_id
  WHERE l.status = 'closed'
  GROUP BY l.lease_id
) AS compared
WHERE lease_count <> record_count OR lease_nano_usd <> record_nano_usd OR lease_tokens <> record_tokens;

GRANT SELECT ON metering.unreconciled_lease TO gatehouse_metering;
