-- What was counted lately lies in a table of its own, by minute; it is moved to those of all grains later, many minutes at once.

CREATE TABLE metering.usage_recent (LIKE metering.usage_minute INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (series_id, begins))
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

COMMENT ON TABLE metering.usage_recent IS
  'Counts that are in no other table of counters yet: each row is moved to usage_minute, and added to hours, days and margins, in one transaction. Whoever reads counters adds these.';

GRANT SELECT, INSERT, UPDATE, DELETE ON metering.usage_recent TO gatehouse_metering;
