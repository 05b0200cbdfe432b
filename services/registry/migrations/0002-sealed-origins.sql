-- A sealed credential names the origins that it may be sent to, and the format of its seal. Rows from before are of the
-- first format, which has no origins, and so are those that a process of the version before still writes.

ALTER TABLE registry.sealed_credential
  ADD COLUMN format  smallint NOT NULL DEFAULT 1 CHECK (format BETWEEN 1 AND 2),
  ADD COLUMN origins text[]   NOT NULL DEFAULT '{}',
  ADD CONSTRAINT sealed_credential_has_origins CHECK ((format = 1) = (origins = '{}'));
