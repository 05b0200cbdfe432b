-- When a key last called is asked for whole pages of keys, whatever their workspaces.

CREATE INDEX ON metering.usage_series (api_key_id) WHERE api_key_id <> '';
