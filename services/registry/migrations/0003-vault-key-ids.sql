-- A wrap names the vault key that it is for, and may be replaced by one for another key: that alone of a row. Rows from
-- before name none, and gateways try the keys that they hold.

ALTER TABLE registry.sealed_credential ADD COLUMN key_id text NOT NULL DEFAULT '';
GRANT UPDATE (key_id, encapsulated_key, wrapped_data_key) ON registry.sealed_credential TO gatehouse_registry;
