-- Ids of the gateways' entries that have changed since they were published: a row for each change, written with it. The
-- publisher takes what it sees and looks at these entries alone, so that a change costs the change and not the whole.

CREATE TABLE provisioning.config_due (id text NOT NULL);

GRANT SELECT, INSERT, DELETE ON provisioning.config_due TO gatehouse_provisioning;
