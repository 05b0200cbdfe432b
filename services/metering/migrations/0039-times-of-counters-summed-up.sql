-- Counters by the time they begin are found by ranges of pages that are summed up; those that were filled since, who has a day counted anew
-- would read to the last. The index's owner alone may have them summed up.
CREATE FUNCTION metering.summarize_usage_times() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT brin_summarize_new_values('metering.usage_minute_time'), brin_summarize_new_values('metering.usage_hour_time');
$$;

REVOKE ALL ON FUNCTION metering.summarize_usage_times() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metering.summarize_usage_times() TO gatehouse_metering;
