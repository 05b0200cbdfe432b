import { deriveEventId } from '@gatehouse/kernel';
import type { PendingEvent } from '../lease/lease.events';
import { type LedgerRow, reachableOf } from './ledger-row';

export interface Assessed {
  readonly row: LedgerRow;
  readonly events: readonly PendingEvent[];
}

/**
 * What is to be told of a budget as it stands now, and the row that knows that it was told: the shares that what is spent for
 * good has reached, lowest first, and that it is exhausted. Each is told once for a period and an amount of the limit, so that
 * a limit that was lowered or raised tells too. Held amounts reach no share: they may come back. Of rate limits nothing is told.
 */
export const assessRow = (row: LedgerRow): Assessed => {
  if (!row.budget || row.organizationId === undefined) return { row, events: [] };
  const told = row.announcedAmount === row.amount ? row.announced : 0;
  const crossed = crossedOf(row).filter((percent) => percent > told);
  const exhausted = isExhausted(row);
  const after = {
    ...row,
    announced: crossed.at(-1) ?? told,
    announcedAmount: row.amount,
    exhausted,
  };
  const events = crossed.map((percent) => thresholdCrossed(row, row.organizationId as Organization, percent));
  if (exhausted && !row.exhausted) events.push(budgetExhausted(row, row.organizationId));
  return { row: after, events };
};

type Organization = NonNullable<LedgerRow['organizationId']>;

/** The shares at which somebody is told that what is spent for good has reached. */
export const crossedOf = ({ alerts, closed, amount }: LedgerRow): readonly number[] =>
  alerts.filter((percent) => closed * 100n >= BigInt(percent) * amount);

/**
 * Whether not even the cheapest call that was asked for would be granted, whatever the journals that speak give back. Of a period that was closed
 * nobody asks any more: what is learnt of it later exhausts nothing.
 */
const isExhausted = (row: LedgerRow): boolean => !row.over && reachableOf(row) < (row.cheapest ?? 1n);

const thresholdCrossed = (row: LedgerRow, organizationId: Organization, percent: number): PendingEvent => ({
  id: deriveEventId(
    'BudgetThresholdCrossed',
    row.limitId,
    row.start.toISOString(),
    String(percent),
    String(row.amount),
  ),
  organizationId,
  event: {
    type: 'BudgetThresholdCrossed',
    limitId: row.limitId,
    scope: row.scope,
    periodStart: row.start,
    percent,
    limit: row.amount,
    spent: row.closed,
    ...(row.unit && { unit: row.unit }),
  },
});

const budgetExhausted = (row: LedgerRow, organizationId: Organization): PendingEvent => ({
  id: deriveEventId('BudgetExhausted', row.limitId, row.start.toISOString(), String(row.amount)),
  organizationId,
  event: {
    type: 'BudgetExhausted',
    limitId: row.limitId,
    scope: row.scope,
    periodStart: row.start,
    resetsAt: row.end,
    ...(row.unit && { unit: row.unit }),
    limit: row.amount,
    spent: row.closed,
    quarantined: row.quarantined,
    cheapest: row.cheapest ?? 0n,
  },
});
