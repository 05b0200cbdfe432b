import { deriveEventId, type LimitId } from '@gatehouse/kernel';
import type { AskedByHand, PendingEvent } from '../lease/lease.events';
import type { Scope } from '../limit/limit-in-force';
import { assessRow } from './assess-row';
import { type LedgerRow, rowInForce, withRecorded } from './ledger-row';
import type { Decided, LedgerChange, LedgerView } from './ledger-view';

/** What usage records say was spent in some periods, after a restore from a backup that may be older than these records. */
export interface RecoverSpent {
  readonly type: 'RecoverSpent';
  readonly periods: readonly RecordedPeriod[];
  readonly asked: AskedByHand;
}

export interface RecordedPeriod {
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  /** In the limit's unit. */
  readonly recorded: bigint;
}

/**
 * What is spent in a period is at least what records say, also in the present one of a limit of which the backup knows none.
 * Nothing is ever lowered. Answers how many periods were raised.
 */
export const recoverSpent = (command: RecoverSpent, view: LedgerView, now: Date): Decided<number> => {
  const raised = command.periods.flatMap((period) => {
    const before = rowOf(period, view, now);
    const row = before && withRecorded(before, period.recorded);
    if (!row || row === before) return [];
    const { row: after, events } = assessRow(row);
    return {
      row: after,
      events: [...budgetRecovered(after, row.closed - before.closed, command), ...events],
    };
  });
  const change: LedgerChange = {
    rows: raised.map(({ row }) => row),
    events: raised.flatMap(({ events }) => events),
  };
  return { answer: raised.length, change };
};

const rowOf = (
  { limitId, scope, periodStart }: RecordedPeriod,
  view: LedgerView,
  now: Date,
): LedgerRow | undefined => {
  const known = view.findRow(limitId, periodStart);
  const limit = view.scope(scope)?.limits.find(({ limit: { id } }) => id === limitId);
  if (!limit) return known;
  const present = rowInForce(limit, view.presentRow(limitId, now), now);
  return present.start.getTime() === periodStart.getTime() ? present : known;
};

/** Of rate limits nothing is told. */
const budgetRecovered = (
  row: LedgerRow,
  recovered: bigint,
  { asked }: RecoverSpent,
): readonly PendingEvent[] => {
  const { limitId, organizationId, scope, start: periodStart, unit, amount: limit, closed: spent } = row;
  if (!row.budget || organizationId === undefined) return [];
  const id = deriveEventId('BudgetRecovered', limitId, periodStart.toISOString(), String(spent));
  return [
    {
      id,
      organizationId,
      asked: { requestId: id, ...asked },
      event: {
        type: 'BudgetRecovered',
        ...{ limitId, scope, periodStart, ...(unit && { unit }), limit, spent, recovered },
      },
    },
  ];
};
