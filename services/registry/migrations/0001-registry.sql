-- The registry's own tables: the vault, and what the cleanup process remembers. Its projections have schemas of their
-- own, which the service makes.

CREATE SCHEMA registry;
-- No grant to PUBLIC was ever made: another service's role sees nothing of it.
GRANT USAGE, CREATE ON SCHEMA registry TO gatehouse_registry;

-- Sealed credentials. A row is written once and destroyed once; only `confirmed` ever changes.
CREATE TABLE registry.sealed_credential (
  secret_id          text        PRIMARY KEY,
  organization_id    text        NOT NULL,
  integration_id     text        NOT NULL,
  credential_version integer     NOT NULL CHECK (credential_version >= 1),
  fields             text[]      NOT NULL,
  encapsulated_key   bytea       NOT NULL,
  wrapped_data_key   bytea       NOT NULL,
  nonce              bytea       NOT NULL,
  ciphertext         bytea       NOT NULL,
  sealed_at          timestamptz NOT NULL,
  -- An event made it current: what stays unconfirmed is swept up.
  confirmed          boolean     NOT NULL DEFAULT false
);
CREATE INDEX sealed_credential_of_integration ON registry.sealed_credential (integration_id);
CREATE INDEX sealed_credential_unconfirmed ON registry.sealed_credential (sealed_at) WHERE NOT confirmed;

-- How far the cleanup process has followed the log: one row.
CREATE TABLE registry.cleanup_checkpoint (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint  NOT NULL
);
INSERT INTO registry.cleanup_checkpoint (position) VALUES (0);

-- Slugs held by connections that are not recorded yet.
CREATE TABLE registry.open_reservation (
  organization_id text        NOT NULL,
  slug            text        NOT NULL,
  integration_id  text        NOT NULL,
  reserved_at     timestamptz NOT NULL,
  PRIMARY KEY (organization_id, slug, integration_id)
);

GRANT SELECT, INSERT, DELETE, UPDATE (confirmed) ON registry.sealed_credential TO gatehouse_registry;
GRANT SELECT, UPDATE ON registry.cleanup_checkpoint TO gatehouse_registry;
GRANT SELECT, INSERT, DELETE ON registry.open_reservation TO gatehouse_registry;
