-- Usage is counted by minute, hour and day, for each series of calls that are alike, in place of the one counter a day.

CREATE TABLE metering.usage_series (
  series_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id text NOT NULL,
  workspace_id    text NOT NULL,
  integration_id  text NOT NULL,
  provision_id    text NOT NULL,
  api_key_id      text NOT NULL,
  provider        text NOT NULL,
  model           text NOT NULL,
  outcome         text NOT NULL,
  label_key       text NOT NULL,
  label_value     text NOT NULL,
  UNIQUE (organization_id, label_key, label_value, workspace_id, api_key_id, provision_id, model, integration_id, provider, outcome)
);

COMMENT ON TABLE metering.usage_series IS
  'What counted calls have in common. With a label key: one pair of metadata in a workspace, and nothing else of the call; each call is in one series without, and in one for each of its pairs.';

-- Counters are hot: nothing that changes is indexed, and pages keep room for HOT updates.
CREATE TABLE metering.usage_minute (
  series_id        integer     NOT NULL,
  begins           timestamptz NOT NULL,
  requests         bigint      NOT NULL,
  input_tokens     numeric(38) NOT NULL,
  output_tokens    numeric(38) NOT NULL,
  amount_nano_usd  numeric(38) NOT NULL,
  doubt_nano_usd   numeric(38) NOT NULL,
  unknown_requests bigint      NOT NULL,
  first_byte       integer[],
  total            integer[],
  PRIMARY KEY (series_id, begins)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE TABLE metering.usage_hour (LIKE metering.usage_minute INCLUDING ALL)
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE TABLE metering.usage_day (LIKE metering.usage_minute INCLUDING ALL)
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

COMMENT ON TABLE metering.usage_minute IS 'Sums of the usage records that were inserted, each once, by their minute of admission.';
COMMENT ON COLUMN metering.usage_minute.first_byte IS
  'How many calls took how long to their first byte: counts of 24 buckets, the first up to 8 ms, each up to 2^(2/3) times the one before, the last without end. Null where nothing is known.';

-- Two histograms, each perhaps unknown, as one.
CREATE FUNCTION metering.add_counts(a integer[], b integer[]) RETURNS integer[]
  IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN CASE
    WHEN a IS NULL THEN b
    WHEN b IS NULL THEN a
    ELSE ARRAY[
      a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5], a[6] + b[6],
      a[7] + b[7], a[8] + b[8], a[9] + b[9], a[10] + b[10], a[11] + b[11], a[12] + b[12],
      a[13] + b[13], a[14] + b[14], a[15] + b[15], a[16] + b[16], a[17] + b[17], a[18] + b[18],
      a[19] + b[19], a[20] + b[20], a[21] + b[21], a[22] + b[22], a[23] + b[23], a[24] + b[24]
    ]
  END;

CREATE AGGREGATE metering.sum_counts(integer[]) (
  SFUNC = metering.add_counts, STYPE = integer[], COMBINEFUNC = metering.add_counts, PARALLEL = SAFE
);

GRANT SELECT, INSERT ON metering.usage_series TO gatehouse_metering;
GRANT SELECT, INSERT, UPDATE ON metering.usage_minute, metering.usage_hour, metering.usage_day TO gatehouse_metering;

-- What there is already is counted anew, from the records. Their latencies were not told.
INSERT INTO metering.usage_series (organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model,
  outcome, label_key, label_value)
SELECT DISTINCT organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model, outcome, '', ''
FROM metering.usage_record;

INSERT INTO metering.usage_minute
SELECT s.series_id, date_trunc('minute', r.admitted_at, 'UTC'), count(*),
  coalesce(sum(r.input_tokens), 0), coalesce(sum(r.output_tokens), 0), coalesce(sum(r.amount_nano_usd), 0),
  sum(r.doubt_nano_usd),
  count(*) FILTER (WHERE r.input_tokens IS NULL OR r.output_tokens IS NULL OR r.amount_nano_usd IS NULL)
FROM metering.usage_record r JOIN metering.usage_series s
  USING (organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model, outcome)
GROUP BY 1, 2;

INSERT INTO metering.usage_hour
SELECT series_id, date_trunc('hour', begins, 'UTC'), sum(requests), sum(input_tokens), sum(output_tokens),
  sum(amount_nano_usd), sum(doubt_nano_usd), sum(unknown_requests)
FROM metering.usage_minute GROUP BY 1, 2;

INSERT INTO metering.usage_day
SELECT series_id, date_trunc('day', begins, 'UTC'), sum(requests), sum(input_tokens), sum(output_tokens),
  sum(amount_nano_usd), sum(doubt_nano_usd), sum(unknown_requests)
FROM metering.usage_hour GROUP BY 1, 2;

DROP TABLE metering.usage_counter;
