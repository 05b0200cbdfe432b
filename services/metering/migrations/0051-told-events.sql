-- What receivers were told of, so that a fact that is decided again tells them nothing new.

CREATE TABLE metering.told_event (
  event_id uuid        PRIMARY KEY,
  told_at  timestamptz NOT NULL
);

COMMENT ON TABLE metering.told_event IS 'Events of budgets that became deliveries, made in the same transaction; forgotten after more than a year.';

CREATE INDEX told_event_age ON metering.told_event (told_at);

GRANT SELECT, INSERT, DELETE ON metering.told_event TO gatehouse_metering;
