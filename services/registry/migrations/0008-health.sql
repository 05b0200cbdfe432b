-- When calls of an integration were last answered so, with the latest version of its credential that gateways have told of.

CREATE TABLE registry.integration_health (
  integration_id       text    PRIMARY KEY,
  credential_version   integer NOT NULL,
  last_success_at      timestamptz,
  last_unauthorized_at timestamptz,
  last_forbidden_at    timestamptz,
  last_rate_limited_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON registry.integration_health TO gatehouse_registry;
