import { deriveEventId, type LimitId } from '@gatehouse/kernel';
import type { PendingEvent } from '../lease/lease.events';
import type { Scope } from '../limit/limit-in-force';
import { type LedgerRow, rowInForce } from './ledger-row';
import type { Decided, LedgerChange, LedgerView } from './ledger-view';

/** Periods of budgets that seem over, with nothing open. */
export interface ClosePeriods {
  readonly type: 'ClosePeriods';
  readonly periods: readonly {
    readonly limitId: LimitId;
    readonly periodStart: Date;
    readonly scope: Scope;
  }[];
}

/**
 * Closes those that are over and of which nothing is open: each is told once, with what was spent in it. A period whose
 * limit has got a rule that makes it longer goes on. Answers how many were closed.
 */
export const closePeriods = ({ periods }: ClosePeriods, view: LedgerView, now: Date): Decided<number> => {
  const found = periods.flatMap(({ limitId, periodStart }) => view.findRow(limitId, periodStart) ?? []);
  const rows = found
    .map((row) => goneOn(row, view, now))
    .map((row) => ({ row, closes: isOver(row, now) }))
    .map(({ row, closes }) => (closes ? { ...row, over: true } : row));
  const closed = rows.filter((row, index) => row.over && found[index]?.over === false);
  const change: LedgerChange = { rows, events: closed.flatMap(periodClosed) };
  return { answer: closed.length, change };
};

/** As the limit of now has it, where it is the present period of one. */
const goneOn = (row: LedgerRow, view: LedgerView, now: Date): LedgerRow => {
  const limit = view.scope(row.scope)?.limits.find(({ limit: { id } }) => id === row.limitId);
  const latest = view.presentRow(row.limitId, now);
  if (!limit || latest?.start.getTime() !== row.start.getTime()) return row;
  const inForce = rowInForce(limit, row, now);
  return inForce.start.getTime() === row.start.getTime()
    ? inForce
    : { ...row, organizationId: limit.organizationId, unit: limit.limit.unit };
};

const isOver = ({ budget, end, openLeases, over }: LedgerRow, now: Date): boolean =>
  budget && !over && end !== undefined && end <= now && openLeases === 0;

/** Of a row of before, of which not even the organization is known, nobody can be told. */
const periodClosed = (row: LedgerRow): readonly PendingEvent[] => {
  const { limitId, organizationId, scope, start, end, unit, amount, closed, doubt, attempts, digest } = row;
  if (organizationId === undefined || end === undefined) return [];
  return [
    {
      id: deriveEventId('PeriodClosed', limitId, start.toISOString()),
      organizationId,
      event: {
        type: 'PeriodClosed',
        limitId,
        scope,
        periodStart: start,
        periodEnd: end,
        ...(unit && { unit }),
        limit: amount,
        spent: closed,
        doubt,
        attempts,
        digest,
      },
    },
  ];
};
