-- Folded streams, so that a long one need not be read from its beginning. A cache: everything in it may be deleted at
-- any time and no answer changes.

CREATE TABLE event_store.snapshot (
  -- A row is seen by the role that wrote it alone: no service decides on what another one folded.
  owner          name   NOT NULL DEFAULT current_user,
  stream         text   NOT NULL,
  schema_version integer NOT NULL,
  revision       bigint NOT NULL,
  event_id       uuid   NOT NULL,
  state          json   NOT NULL,
  -- Request id to [command, position].
  commands       json   NOT NULL,
  PRIMARY KEY (owner, stream, schema_version)
);

ALTER TABLE event_store.snapshot ENABLE ROW LEVEL SECURITY;
CREATE POLICY snapshot_is_its_owners ON event_store.snapshot
  USING (owner = current_user) WITH CHECK (owner = current_user);

GRANT SELECT, INSERT, UPDATE, DELETE ON event_store.snapshot TO gatehouse_event_store_user;
