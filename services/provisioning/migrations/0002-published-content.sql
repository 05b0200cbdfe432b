-- Catalogs and price books as they were fetched from the registry, by the SHA-256 of their canonical JSON: what gateways are
-- told of them can be composed again without anybody.

CREATE TABLE provisioning.published_content (
  sha256 text  PRIMARY KEY,
  -- Of the canonical JSON, compressed.
  gzip   bytea NOT NULL
);
ALTER TABLE provisioning.published_content ALTER COLUMN gzip SET STORAGE EXTERNAL;

-- Which version of each kind config_entry was composed from last.
CREATE TABLE provisioning.composed_content (
  kind    text   PRIMARY KEY CHECK (kind IN ('catalog', 'pricebook')),
  version bigint NOT NULL
);
INSERT INTO provisioning.composed_content (kind, version) VALUES ('catalog', 0), ('pricebook', 0);

GRANT SELECT, INSERT ON provisioning.published_content TO gatehouse_provisioning;
GRANT SELECT, UPDATE ON provisioning.composed_content TO gatehouse_provisioning;
