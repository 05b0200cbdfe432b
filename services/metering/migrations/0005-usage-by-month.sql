-- Usage records are kept by month of admission, and each way to look for them has an index of its own.
--
-- An entry of such an index is a hash and a time, 28 bytes: with the texts themselves the indexes would be several times
-- the table. What a hash finds is compared by the texts. Newest first is by admission alone; who reads sorts the few of
-- one millisecond.

DROP VIEW metering.unreconciled_lease;
DROP INDEX metering.usage_newest, metering.usage_newest_of_workspace, metering.usage_of_lease;

ALTER TABLE metering.usage_record RENAME TO usage_record_unparted;
ALTER TABLE metering.usage_record_unparted RENAME CONSTRAINT usage_record_pkey TO usage_record_unparted_pkey;

CREATE TABLE metering.usage_record (
  LIKE metering.usage_record_unparted INCLUDING DEFAULTS INCLUDING CONSTRAINTS
) PARTITION BY RANGE (admitted_on);

COMMENT ON TABLE metering.usage_record IS 'One row per attempt to call a provider, as its gateway told it. Never changed.';

ALTER TABLE metering.usage_record
  ADD COLUMN provider      text    NOT NULL DEFAULT '',
  ADD COLUMN status        integer CHECK (status >= 0),
  ADD COLUMN first_byte_ms integer CHECK (first_byte_ms >= 0),
  ADD COLUMN total_ms      integer CHECK (total_ms >= 0),
  ADD COLUMN metadata      jsonb,
  ADD COLUMN client_user   text    NOT NULL DEFAULT '',
  ADD COLUMN trace_id      text    NOT NULL DEFAULT '';

COMMENT ON COLUMN metering.usage_record.client_user IS 'Whom the client named as its own user; empty: nobody.';

-- Where records of that value, in that organization, are found.
CREATE FUNCTION metering.usage_place(organization_id text, value text) RETURNS integer
  IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN hashtext(organization_id || ' ' || value);

ALTER TABLE metering.usage_record ADD PRIMARY KEY (admitted_on, request_id, attempt);
CREATE INDEX usage_newest ON metering.usage_record (hashtext(organization_id), admitted_at);
CREATE INDEX usage_of_workspace ON metering.usage_record (metering.usage_place(organization_id, workspace_id), admitted_at);
CREATE INDEX usage_of_integration ON metering.usage_record (metering.usage_place(organization_id, integration_id), admitted_at);
CREATE INDEX usage_of_provision ON metering.usage_record (metering.usage_place(organization_id, provision_id), admitted_at);
CREATE INDEX usage_of_key ON metering.usage_record (metering.usage_place(organization_id, api_key_id), admitted_at);
CREATE INDEX usage_of_model ON metering.usage_record (metering.usage_place(organization_id, model), admitted_at);
CREATE INDEX usage_of_provider ON metering.usage_record (metering.usage_place(organization_id, provider), admitted_at);
-- Nearly all end well, and the newest are those: what did not is found here.
CREATE INDEX usage_of_outcome ON metering.usage_record (metering.usage_place(organization_id, outcome), admitted_at)
  WHERE outcome <> 'completed';
CREATE INDEX usage_of_status ON metering.usage_record (metering.usage_place(organization_id, status::text), admitted_at)
  WHERE status <> 200;
CREATE INDEX usage_of_user ON metering.usage_record (metering.usage_place(organization_id, client_user), admitted_at)
  WHERE client_user <> '';
CREATE INDEX usage_of_trace ON metering.usage_record (metering.usage_place(organization_id, trace_id), admitted_at)
  WHERE trace_id <> '';
CREATE INDEX usage_of_lease ON metering.usage_record (lease_id) WHERE lease_id <> '';

-- Months from 2020 to 2099 have a partition each, made when it is needed; what a broken clock dates beyond is kept in two.
CREATE TABLE metering.usage_record_before PARTITION OF metering.usage_record FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE metering.usage_record_after PARTITION OF metering.usage_record FOR VALUES FROM ('2100-01-01') TO (MAXVALUE);

-- Makes the partition of a day's month. It is attached, rather than made in place, so that nobody who writes or reads has
-- to wait; two who make the same wait for each other.
CREATE FUNCTION metering.make_usage_partition(of_day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month date := date_trunc('month', of_day);
  name text := 'usage_record_' || to_char(month, 'YYYY_MM');
BEGIN
  IF month < '2020-01-01' OR month >= '2100-01-01' THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('metering.make_usage_partition'));
  IF to_regclass('metering.' || name) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE metering.%I (LIKE metering.usage_record INCLUDING ALL)', name);
  EXECUTE format('ALTER TABLE metering.usage_record ATTACH PARTITION metering.%I FOR VALUES FROM (%L) TO (%L)',
    name, month, (month + interval '1 month')::date);
END $$;

REVOKE ALL ON FUNCTION metering.make_usage_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering.make_usage_partition(date) TO gatehouse_metering;
GRANT SELECT, INSERT ON metering.usage_record TO gatehouse_metering;

SELECT metering.make_usage_partition(month)
FROM (SELECT DISTINCT date_trunc('month', admitted_on)::date AS month FROM metering.usage_record_unparted) AS months;

INSERT INTO metering.usage_record SELECT * FROM metering.usage_record_unparted;
DROP TABLE metering.usage_record_unparted;

-- As it was.
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
