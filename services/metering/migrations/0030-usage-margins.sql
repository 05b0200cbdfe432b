-- Margins: what calls count in by few dimensions, whatever the others are, is summed as it is counted, by hour and day. They
-- are few where series are many, so that a month of hours is read in no time.

CREATE TABLE metering.usage_margin_hour (LIKE metering.usage_hour INCLUDING ALL)
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE TABLE metering.usage_margin_day (LIKE metering.usage_day INCLUDING ALL)
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

COMMENT ON TABLE metering.usage_margin_hour IS
  'Sums of usage_hour over all series that agree in some dimensions: by integration, provider, model and outcome; by provision with its workspace, integration and provider; by key with its workspace. Their series are in usage_series, empty in all other dimensions.';

GRANT SELECT, INSERT, UPDATE, DELETE ON metering.usage_margin_hour, metering.usage_margin_day TO gatehouse_metering;

-- Minutes and hours at the ends of a stretch of time are found by their time.
CREATE INDEX usage_minute_time ON metering.usage_minute USING brin (begins) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX usage_hour_time ON metering.usage_hour USING brin (begins) WITH (pages_per_range = 16, autosummarize = on);

CREATE TEMPORARY TABLE margin ON COMMIT DROP AS
SELECT s.series_id, s.organization_id, m.*
FROM metering.usage_series s CROSS JOIN LATERAL (VALUES
  ('', s.integration_id, '', '', s.provider, s.model, s.outcome),
  (s.workspace_id, s.integration_id, s.provision_id, '', s.provider, '', ''),
  (s.workspace_id, '', '', s.api_key_id, '', '', '')
) AS m (workspace_id, integration_id, provision_id, api_key_id, provider, model, outcome)
WHERE s.label_key = '';

INSERT INTO metering.usage_series (organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model,
  outcome, label_key, label_value)
SELECT DISTINCT organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model, outcome, '', ''
FROM margin;

INSERT INTO metering.usage_margin_hour
SELECT s.series_id, c.begins, sum(c.requests), sum(c.input_tokens), sum(c.output_tokens), sum(c.amount_nano_usd),
  sum(c.doubt_nano_usd), sum(c.unknown_requests), metering.sum_counts(c.first_byte), metering.sum_counts(c.total)
FROM metering.usage_hour c JOIN margin m USING (series_id) JOIN metering.usage_series s
  ON (s.organization_id, s.workspace_id, s.integration_id, s.provision_id, s.api_key_id, s.provider, s.model, s.outcome)
   = (m.organization_id, m.workspace_id, m.integration_id, m.provision_id, m.api_key_id, m.provider, m.model, m.outcome)
  AND s.label_key = ''
GROUP BY 1, 2;

INSERT INTO metering.usage_margin_day
SELECT series_id, date_trunc('day', begins, 'UTC'), sum(requests), sum(input_tokens), sum(output_tokens),
  sum(amount_nano_usd), sum(doubt_nano_usd), sum(unknown_requests), metering.sum_counts(first_byte),
  metering.sum_counts(total)
FROM metering.usage_margin_hour GROUP BY 1, 2;
