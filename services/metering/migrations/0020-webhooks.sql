-- Where organizations are told of their budgets by HTTP, and what is still to be sent there.

CREATE TABLE metering.webhook (
  webhook_id        text        PRIMARY KEY,
  organization_id   text        NOT NULL,
  url               text        NOT NULL,
  -- Empty: all.
  event_types       text[]      NOT NULL,
  status            text        NOT NULL CHECK (status IN ('enabled', 'disabled', 'removed')),
  -- Sealed, the newest first; none once it is removed.
  secrets           json        NOT NULL,
  created_at        timestamptz NOT NULL,
  delivered         bigint      NOT NULL CHECK (delivered >= 0),
  given_up          bigint      NOT NULL CHECK (given_up >= 0),
  failing_since     timestamptz,
  last_error        text        NOT NULL,
  last_delivered_at timestamptz
);

COMMENT ON TABLE metering.webhook IS 'Those that were removed are kept by their ids, so that a repetition does not make them anew.';

CREATE INDEX webhook_of_organization ON metering.webhook (organization_id, webhook_id) WHERE status <> 'removed';

CREATE TABLE metering.webhook_delivery (
  webhook_id text        NOT NULL REFERENCES metering.webhook,
  event_id   uuid        NOT NULL,
  body       text        NOT NULL,
  created_at timestamptz NOT NULL,
  attempts   integer     NOT NULL CHECK (attempts >= 0),
  -- Whoever sends it moves this ahead first: where he dies of it, it is sent again then.
  next_at    timestamptz NOT NULL,
  PRIMARY KEY (webhook_id, event_id)
);

COMMENT ON TABLE metering.webhook_delivery IS 'Made in the transaction that forgets the event as told to the log; gone once it was taken or given up.';

CREATE INDEX webhook_delivery_due ON metering.webhook_delivery (webhook_id, next_at);

GRANT SELECT, INSERT, UPDATE ON metering.webhook TO gatehouse_metering;
GRANT SELECT, INSERT, UPDATE, DELETE ON metering.webhook_delivery TO gatehouse_metering;
