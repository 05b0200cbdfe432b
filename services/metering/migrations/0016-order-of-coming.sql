-- Every line is in the order in which those who wait came to any line, so that no two wait for each other.

CREATE SEQUENCE metering.ask_came INCREMENT BY 4096 CACHE 1;

COMMENT ON SEQUENCE metering.ask_came IS 'A number for each batch of asks; those of a batch have the numbers from it on.';

GRANT USAGE ON SEQUENCE metering.ask_came TO gatehouse_metering;

ALTER TABLE metering.ask_in_line ADD COLUMN came bigint NOT NULL DEFAULT 0 CHECK (came >= 0);

COMMENT ON COLUMN metering.ask_in_line.came IS 'Of all places of an ask the same: lines are in this order. 0 of those who came before this was kept.';
COMMENT ON TABLE metering.ask_in_line IS 'Who waits for which limit, in order of their coming, and what for.';
