import type { Scope } from '../limit/limit-in-force';
import { assessRow } from './assess-row';
import { endedRow, rowInForce } from './ledger-row';
import type { Decided, LedgerChange, LedgerView } from './ledger-view';
import { sameFields } from './same-fields';

/** Limits of these have changed, or their raises have ended, since anybody was granted from them. */
export interface ReviewBudgets {
  readonly type: 'ReviewBudgets';
  readonly scopes: readonly Scope[];
}

/**
 * Tells what the limits of now make of what is spent, though nobody asks. A period that is over, by the rule of now perhaps, has ended and is not gone
 * on with, and of one in which nothing was granted nothing is known. Answers how many rows changed.
 */
export const reviewBudgets = ({ scopes }: ReviewBudgets, view: LedgerView, now: Date): Decided<number> => {
  const changes = scopes
    .flatMap((scope) => view.scope(scope)?.limits ?? [])
    .flatMap((limit) => {
      const latest = view.presentRow(limit.limit.id, now);
      if (!latest) return [];
      const row = rowInForce(limit, latest, now);
      const isOver = row.start.getTime() !== latest.start.getTime();
      const assessed = isOver ? { row: endedRow(limit, latest), events: [] } : assessRow(row);
      return sameFields(assessed.row, latest) ? [] : [assessed];
    });
  const change: LedgerChange = {
    rows: changes.map(({ row }) => row),
    events: changes.flatMap(({ events }) => events),
  };
  return { answer: changes.length, change };
};
