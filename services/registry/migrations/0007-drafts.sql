-- Credentials on their way to an integration, which has the same number as its draft. The credential itself is in the
-- vault, as every other is.

CREATE TABLE registry.draft (
  draft_id               text        PRIMARY KEY,
  organization_id        text        NOT NULL,
  provider               text        NOT NULL,
  settings               json        NOT NULL,
  credential_fingerprint text        NOT NULL,
  -- The fields of the credential that are secrets kept elsewhere.
  secret_references      json        NOT NULL,
  -- The vault's row.
  secret_id              text        NOT NULL,
  created_at             timestamptz NOT NULL,
  expires_at             timestamptz NOT NULL
);
CREATE INDEX draft_of_organization ON registry.draft (organization_id, created_at);
CREATE INDEX draft_expiring ON registry.draft (expires_at);
GRANT SELECT, INSERT, DELETE ON registry.draft TO gatehouse_registry;
