-- What an attempt used, each kind apart and at its own rate, and the service tier that served it.

ALTER TABLE metering.usage_record
  ADD COLUMN kinds        jsonb,
  ADD COLUMN service_tier text NOT NULL DEFAULT '';

COMMENT ON COLUMN metering.usage_record.kinds IS
  'By kind: how much, and its rate in nano-USD per million, as text; null in records from before it was told, and where usage is unknown.';
COMMENT ON COLUMN metering.usage_record.service_tier IS 'In the words of the provider; empty where it does not say.';
