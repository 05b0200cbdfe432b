-- A month whose partition somebody has taken out, to keep it elsewhere, or has dropped, gets another one: a record that came late for it
-- held up all that came after it.
CREATE OR REPLACE FUNCTION metering.make_usage_partition(of_day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' AS $$
DECLARE
  month date := date_trunc('month', of_day);
  until date := month + interval '1 month';
  bound text := format('FOR VALUES FROM (%L) TO (%L)', month, until);
  name text := 'usage_record_' || to_char(month, 'YYYY_MM');
BEGIN
  IF month < '2020-01-01' OR month >= '2100-01-01' THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('metering.make_usage_partition'));
  IF EXISTS (
    SELECT FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent = 'metering.usage_record'::regclass AND pg_get_expr(c.relpartbound, c.oid) = bound
  ) THEN RETURN; END IF;
  -- What was taken out has its name still.
  WHILE to_regclass('metering.' || name) IS NOT NULL LOOP name := name || '_more'; END LOOP;
  EXECUTE format('CREATE TABLE metering.%I (LIKE metering.usage_record INCLUDING ALL)', name);
  EXECUTE format('ALTER TABLE metering.usage_record ATTACH PARTITION metering.%I FOR VALUES FROM (%L) TO (%L)',
    name, month, until);
END $$;
