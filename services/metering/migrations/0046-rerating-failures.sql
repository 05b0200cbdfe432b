-- A rerating whose batches fail is tried again later and later, while others go on, and is given up in the end.

ALTER TABLE metering.rerating
  -- In a row; how far it is has not changed since.
  ADD COLUMN failures integer NOT NULL DEFAULT 0,
  -- When it is tried again; null: nothing failed.
  ADD COLUMN retry_at timestamptz,
  DROP CONSTRAINT rerating_status_check,
  DROP CONSTRAINT rerating_check1,
  ADD CONSTRAINT rerating_status_check CHECK (status IN ('proposed', 'running', 'done', 'failed')),
  ADD CONSTRAINT rerating_ended_check CHECK ((ended_at IS NOT NULL) = (status IN ('done', 'failed'))),
  ADD CONSTRAINT rerating_retry_check CHECK (retry_at IS NULL OR (failures > 0 AND status = 'running'));
