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
  readonly approval: ResetApproval;
}

/** Of somebody else: not wanted, wanted and not there, or given to the end of the period that began then. */
export type ResetApproval =
  | { readonly kind: 'needless' }
  | { readonly kind: 'wanted' }
  | { readonly kind: 'given'; readonly periodStart: Date };

/** REFUSED `APPROVAL_REQUIRED`: a reset that becomes a proposal. */
export class ResetApprovalRequired extends AppError {
  constructor(
    /** Of the period that it would end. */
    readonly periodStart: Date,
  ) {
    super('REFUSED', 'APPROVAL_REQUIRED');
  }
}

/**
 * Ends the present period of a budget, so that the next begins when it is next asked for; leases of before go on with what they
 * hold, and are charged to the period that granted them. A repetition, and a budget of which nothing was granted in its period,
 * change nothing. Refusals: NOT_FOUND `LIMIT_UNKNOWN`; REFUSED `LIMIT_IS_NO_BUDGET`: a rate limit's window is over soon;
 * `ResetApprovalRequired`; CONFLICT `REVISION_MISMATCH` where the period is over that was approved to be ended.
 */
export const resetBudget = (command: ResetBudget, view: LedgerView, now: Date): Decided<void> => {
  const limit = view.scope(command.scope)?.limits.find(({ limit: { id } }) => id === command.limitId);
  if (!limit) throw new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
  if (limit.limit.kind !== 'budget') throw new AppError('REFUSED', 'LIMIT_IS_NO_BUDGET');
  const latest = view.presentRow(command.limitId, now);
  if (view.wasReset(command.limitId, command.asked.requestId)) return unchanged(undefined);
  const row = rowInForce(limit, latest, now);
  const { approval } = command;
  if (approval.kind === 'given' && row.start.getTime() !== approval.periodStart.getTime())
    throw new AppError('CONFLICT', 'REVISION_MISMATCH');
  // Nothing was granted yet, or the period is over by itself, or has begun this very moment.
  if (row.start.getTime() !== latest?.start.getTime() || row.start >= now) return unchanged(undefined);
  if (approval.kind === 'wanted') throw new ResetApprovalRequired(row.start);
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
