-- The gateways' configuration as it was published: every entry at the version of its last change, gone ones without a
-- value. Its content comes from the projection `provisioning_gateway_config`; the versions are this table's own and
-- outlive a rebuild of the projection, so that a gateway can always go on from the version it has.

CREATE SCHEMA provisioning;
-- No grant to PUBLIC was ever made: another service's role sees nothing of it.
GRANT USAGE, CREATE ON SCHEMA provisioning TO gatehouse_provisioning;

CREATE TABLE provisioning.config_entry (
  id       text PRIMARY KEY,
  version  bigint NOT NULL UNIQUE,
  -- Revision of the entry's own stream that was published: what is older is never published over it.
  revision bigint NOT NULL,
  value    bytea,
  digest   bytea
);

-- One row, whose lock hands out the versions: they are dense and become visible in their order.
CREATE TABLE provisioning.config_head (version bigint NOT NULL);
INSERT INTO provisioning.config_head VALUES (0);

GRANT SELECT, INSERT, UPDATE ON provisioning.config_entry TO gatehouse_provisioning;
GRANT SELECT, UPDATE ON provisioning.config_head TO gatehouse_provisioning;
