-- A credential may be proposed before it may become current: until when it waits for that, and for which proposal. Both absent:
-- it does not wait.

ALTER TABLE registry.sealed_credential
  ADD COLUMN awaiting_until timestamptz,
  ADD COLUMN proposal_id    text;
CREATE INDEX sealed_credential_awaiting ON registry.sealed_credential (awaiting_until)
  WHERE NOT confirmed AND awaiting_until IS NOT NULL;
GRANT UPDATE (awaiting_until, proposal_id) ON registry.sealed_credential TO gatehouse_registry;
