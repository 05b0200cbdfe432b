-- Every integration has a key of its own, whose private half is not in any database: what is here opens nothing.

CREATE TABLE registry.integration_key (
  integration_id text        NOT NULL,
  epoch          integer     NOT NULL CHECK (epoch >= 1),
  -- Empty until whoever holds the key has answered, and of `custody` where the holder needs nothing handed back.
  key_id         text        NOT NULL DEFAULT '',
  public_key     bytea       NOT NULL DEFAULT '',
  custody        bytea       NOT NULL DEFAULT '',
  asked_at       timestamptz NOT NULL,
  made_at        timestamptz,
  -- It is to be destroyed; when its holder is to be asked again; that its holder has seen it; that it is gone.
  due_at         timestamptz,
  scheduled      boolean     NOT NULL DEFAULT false,
  destroyed      boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (integration_id, epoch)
);
CREATE INDEX integration_key_due ON registry.integration_key (due_at) WHERE due_at IS NOT NULL AND NOT destroyed;
GRANT SELECT, INSERT, UPDATE ON registry.integration_key TO gatehouse_registry;

-- Comes with a wrap, and goes to whoever opens it.
ALTER TABLE registry.sealed_credential ADD COLUMN key_custody bytea NOT NULL DEFAULT '';
GRANT UPDATE (key_custody) ON registry.sealed_credential TO gatehouse_registry;
