-- Whose doubt was waived is known where their truth is learnt: what others have in doubt since stays.

ALTER TABLE metering.ledger_correction
  ADD COLUMN waived    bigint NOT NULL DEFAULT 0,
  ADD COLUMN waived_at timestamptz;

COMMENT ON COLUMN metering.ledger_correction.waived IS
  'By which what is waived of the row rose; below nothing where the truth of what was waived was learnt after all.';
COMMENT ON COLUMN metering.ledger_correction.waived_at IS
  'When doubt was waived; null where none was. Of waivers from before this was kept: when that began.';

UPDATE metering.ledger_correction l SET waived = -l.spent, waived_at = now()
WHERE l.rerating_id IS NULL AND l.spent < 0 AND NOT EXISTS (
  SELECT FROM metering.usage_correction c WHERE c.organization_id = l.organization_id AND c.request_id = l.request_id
);

CREATE INDEX ledger_correction_waived ON metering.ledger_correction (limit_id, period_start) WHERE waived <> 0;
