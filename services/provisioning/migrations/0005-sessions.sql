-- When sessions were last used: a log of that would be one of every click. A session without a row counts as unused.

CREATE TABLE provisioning.session_use (
  session_id      text        PRIMARY KEY,
  api_key_id      text        NOT NULL,
  organization_id text        NOT NULL,
  used_at         timestamptz NOT NULL
);
CREATE INDEX session_use_idle ON provisioning.session_use (used_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON provisioning.session_use TO gatehouse_provisioning;
