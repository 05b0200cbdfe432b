-- What is told of a budget is told once for each period and amount of its limit, at the shares that the limit names, and
-- whether it is exhausted is known by the cheapest call that was asked for.

ALTER TABLE metering.ledger
  ADD COLUMN organization_id  text     NOT NULL DEFAULT '',
  ADD COLUMN unit             text     CHECK (unit IN ('nanoUsd', 'tokens', 'requests')),
  ADD COLUMN alerts           text     NOT NULL DEFAULT '50,80,90,100',
  ADD COLUMN announced_amount bigint   NOT NULL DEFAULT 0 CHECK (announced_amount >= 0),
  ADD COLUMN cheapest         bigint   CHECK (cheapest >= 1),
  ADD COLUMN exhausted        boolean  NOT NULL DEFAULT false;

COMMENT ON COLUMN metering.ledger.organization_id IS 'Empty until the first change since this column is there; so with unit.';
COMMENT ON COLUMN metering.ledger.alerts IS 'Percents at which somebody is told, rising.';
COMMENT ON COLUMN metering.ledger.announced_amount IS 'The amount of which "announced" says the highest share that was told.';
COMMENT ON COLUMN metering.ledger.cheapest IS 'The least that a call which was asked for in this period needed.';

-- What was told before is not told again.
UPDATE metering.ledger SET announced_amount = amount;
