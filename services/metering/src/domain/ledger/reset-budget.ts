import { AppError, deriveEventId, type LimitId } from '@gatehouse/kernel';
import type { Asked, PendingEvent } from '../lease/lease.events';
import type { LimitInForce, Scope } from '../limit/limit-in-force';
import { type LedgerRow, rowInForce } from './ledger-row';
import { type Decided, type LedgerView, unchanged } from './ledger-view';

/** Somebody lets a budget be spent once more before its period ends. */
export interface ResetBudget {
  readonly type: 'ResetBudget';
  readonly limitId: LimitId;
  /** The limit's. */
  readonly scope: Scope;
  readonly asked: Asked;
}

/**
 * Ends the present period of a budget, so that the next begins when it is next asked for; leases of before go on with what they
 * hold, and are charged to the period that granted them. A repetition, and a budget of which nothing was granted in its period,
 * change nothing. Refusals: NOT_FOUND `LIMIT_UNKNOWN`; REFUSED `LIMIT_IS_NO_BUDGET`: a rate limit's window is over soon.
 */
export const resetBudget = (command: ResetBudget, view: LedgerView, now: Date): Decided<void> => {
  const limit = view.scope(command.scope)?.limits.find(({ limit: { id } }) => id === command.limitId);
  if (!limit) throw new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
  if (limit.limit.kind !== 'budget') throw new AppError('REFUSED', 'LIMIT_IS_NO_BUDGET');
  const latest = view.presentRow(command.limitId, now);
  if (!latest || view.wasReset(command.limitId, command.asked.requestId)) return unchanged(undefined);
  const row = rowInForce(limit, latest, now);
  // The period is over by itself, or has begun this very moment.
  if (row.start.getTime() !== latest.start.getTime() || row.start >= now) return unchanged(undefined);
  const ended = { ...row, end: now, resetBy: command.asked.requestId };
  return { answer: undefined, change: { rows: [ended], events: [budgetReset(limit, ended, command.asked)] } };
};

const budgetReset = (
  { organizationId, scope, limit }: LimitInForce,
  row: LedgerRow,
  asked: Asked,
): PendingEvent => ({
  id: deriveEventId('BudgetReset', row.limitId, asked.requestId),
  organizationId,
  asked,
  event: {
    type: 'BudgetReset',
    limitId: row.limitId,
    scope,
    periodStart: row.start,
    unit: limit.unit,
    limit: row.amount,
    spent: row.closed,
    held: row.open,
  },
});
