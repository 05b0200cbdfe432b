import type { Alerts, LimitId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { LimitInForce, Scope, Unit } from '../limit/limit-in-force';
import { assessRow, crossedOf } from './assess-row';
import { freeOf, type LedgerRow } from './ledger-row';

/** A limit in its current period: what a refusal shows as its witness. */
export interface LimitState {
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly unit: Unit;
  readonly budget: boolean;
  /** Raised or not, as it is now. */
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly doubt: bigint;
  readonly quarantined: bigint;
  readonly periodStart: Date;
  /** Absent when the budget never resets. */
  readonly resetsAt: Date | undefined;
}

export const stateOf = ({ limit, scope }: LimitInForce, row: LedgerRow): LimitState => ({
  limitId: limit.id,
  scope,
  unit: limit.unit,
  budget: limit.kind === 'budget',
  limit: row.amount,
  spent: row.closed,
  held: row.open + row.ahead,
  doubt: row.doubt,
  quarantined: row.quarantined,
  periodStart: row.start,
  resetsAt: row.end,
});

/** A limit in its current period, with what is told of it. */
export interface LimitStanding extends LimitState {
  readonly remaining: bigint;
  /** What is left is less than the cheapest call that was asked for in the period. */
  readonly exhausted: boolean;
  /** At which shares somebody is told, in percent; none of a rate limit. */
  readonly alerts: Alerts;
  /** Of those, what is spent for good has reached. */
  readonly crossed: Alerts;
}

export const standingOf = (limit: LimitInForce, row: LedgerRow): LimitStanding => ({
  ...stateOf(limit, row),
  remaining: remainingOf(row),
  exhausted: assessRow(row).row.exhausted,
  alerts: row.alerts,
  crossed: crossedOf(row),
});

/** What remains, never less than nothing. */
export const remainingOf = (row: LedgerRow): bigint => maxOf(0n, freeOf(row));
