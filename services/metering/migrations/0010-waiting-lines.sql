-- Asks that wait in the line of each limit that has denied them. Lines outlive a restart: whoever stands in one has been told so.

ALTER TABLE metering.ledger ADD COLUMN turn bigint NOT NULL DEFAULT 0 CHECK (turn >= 0);

COMMENT ON COLUMN metering.ledger.turn IS 'Rises with every lease granted and with everybody who comes to the line.';

ALTER TABLE metering.held_lease ADD COLUMN turn bigint NOT NULL DEFAULT 0 CHECK (turn >= 0);

COMMENT ON COLUMN metering.held_lease.turn IS 'Of its row, when it was granted: above that of the head of a line, it was granted since.';

CREATE TABLE metering.ask_in_line (
  journal_id  text        NOT NULL,
  ask_id      text        NOT NULL,
  limit_id    text        NOT NULL,
  least       bigint      NOT NULL CHECK (least >= 0),
  turn        bigint      NOT NULL CHECK (turn >= 1),
  waits_until timestamptz NOT NULL,
  ask         json        NOT NULL,
  denial      json        NOT NULL,
  PRIMARY KEY (journal_id, ask_id, limit_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

COMMENT ON TABLE metering.ask_in_line IS 'Who waits for which limit, in order of their turns, and what for.';

CREATE INDEX ask_in_line_order ON metering.ask_in_line (limit_id, turn);

ALTER TABLE metering.slice_ask ADD COLUMN waited boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN metering.slice_ask.waited IS 'It stood in line: its journal is told, by whichever process it listens to.';

CREATE INDEX slice_ask_waited ON metering.slice_ask (journal_id, asked_at) WHERE waited;

GRANT SELECT, INSERT, DELETE ON metering.ask_in_line TO gatehouse_metering;
