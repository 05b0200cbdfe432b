-- Catalogs and price books as they were published, by the SHA-256 of their canonical JSON. Kept for ever: an event names
-- its content by the hash alone, and whoever composes anew what was true then asks for it.

CREATE TABLE registry.published_content (
  sha256  text        PRIMARY KEY,
  -- Of the canonical JSON, compressed.
  gzip    bytea       NOT NULL,
  kept_at timestamptz NOT NULL DEFAULT now()
);
-- Compressed already.
ALTER TABLE registry.published_content ALTER COLUMN gzip SET STORAGE EXTERNAL;

GRANT SELECT, INSERT ON registry.published_content TO gatehouse_registry;
