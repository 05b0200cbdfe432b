-- Limits of integrations and organizations, and those that keys have by their workspace, have rows of their own.

ALTER TABLE metering.ledger
  DROP CONSTRAINT ledger_scope_kind_check,
  ADD CONSTRAINT ledger_scope_kind_check
    CHECK (scope_kind IN ('provision', 'workspace', 'apiKey', 'integration', 'organization', 'workspaceKey'));
