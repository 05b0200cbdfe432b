-- Names and e-mail addresses of members and of who is invited: the log, which cannot forget, has ids and keyed fingerprints.
-- A row ends with the membership, or with the invite.

CREATE TABLE provisioning.person (
  -- The id of the member that the invite makes.
  id              text        PRIMARY KEY,
  organization_id text        NOT NULL,
  email           text        NOT NULL,
  -- Empty until the invite is accepted.
  name            text        NOT NULL DEFAULT '',
  noted_at        timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON provisioning.person TO gatehouse_provisioning;
