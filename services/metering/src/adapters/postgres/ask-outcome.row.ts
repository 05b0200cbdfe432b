import type { LeaseId, LimitId, ScopeKind } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { AskOutcome, Denial } from '../../domain/lease/ask-outcome';
import type { LimitState } from '../../domain/ledger/limit-state';
import type { Unit } from '../../domain/limit/limit-in-force';

/** An ask's outcome as JSON: 64-bit integers as decimal strings, times in ISO 8601. */
type RowOutcome =
  | {
      readonly kind: 'grant';
      readonly leaseId?: string;
      readonly cap: RowAmounts;
      readonly validForMs: number;
      readonly limits: readonly RowState[];
      readonly strict: boolean;
    }
  | RowDenial;

export interface RowDenial {
  readonly kind: 'denial';
  readonly reason: Denial['reason'];
  readonly limit: RowState;
  readonly mayFitLater: boolean;
  /** Absent in rows of before. */
  readonly validForMs?: number;
}

export type RowAmounts = Readonly<Record<Unit, string>>;

export interface RowState {
  readonly id: string;
  readonly scope: readonly [ScopeKind, string];
  readonly unit: Unit;
  readonly budget: boolean;
  /** limit, spent, held, doubt, quarantined */
  readonly amounts: readonly [string, string, string, string, string];
  readonly start: string;
  readonly end?: string;
}

export const toRowOutcome = (outcome: AskOutcome): string => {
  const row: RowOutcome =
    outcome.kind === 'grant'
      ? {
          kind: 'grant',
          ...(outcome.leaseId !== undefined && { leaseId: outcome.leaseId }),
          cap: toRowAmounts(outcome.cap),
          validForMs: outcome.validForMs,
          limits: outcome.limits.map(toRowState),
          strict: outcome.strict,
        }
      : toRowDenial(outcome);
  return JSON.stringify(row);
};

export const fromRowOutcome = (row: RowOutcome): AskOutcome =>
  row.kind === 'grant'
    ? {
        kind: 'grant',
        leaseId: row.leaseId as LeaseId | undefined,
        cap: fromRowAmounts(row.cap),
        validForMs: row.validForMs,
        limits: row.limits.map(fromRowState),
        strict: row.strict,
      }
    : fromRowDenial(row);

export const toRowDenial = (denial: Denial): RowDenial => ({ ...denial, limit: toRowState(denial.limit) });

export const fromRowDenial = ({ kind, reason, limit, mayFitLater, validForMs = 0 }: RowDenial): Denial => ({
  kind,
  reason,
  limit: fromRowState(limit),
  mayFitLater,
  validForMs,
});

export const toRowAmounts = ({ nanoUsd, tokens, requests }: Amounts): RowAmounts => ({
  nanoUsd: String(nanoUsd),
  tokens: String(tokens),
  requests: String(requests),
});

export const fromRowAmounts = ({ nanoUsd, tokens, requests }: RowAmounts): Amounts => ({
  nanoUsd: BigInt(nanoUsd),
  tokens: BigInt(tokens),
  requests: BigInt(requests),
});

export const toRowState = (state: LimitState): RowState => ({
  id: state.limitId,
  scope: [state.scope.kind, state.scope.id],
  unit: state.unit,
  budget: state.budget,
  amounts: [
    String(state.limit),
    String(state.spent),
    String(state.held),
    String(state.doubt),
    String(state.quarantined),
  ],
  start: state.periodStart.toISOString(),
  ...(state.resetsAt && { end: state.resetsAt.toISOString() }),
});

export const fromRowState = (row: RowState): LimitState => {
  const [limit, spent, held, doubt, quarantined] = row.amounts;
  return {
    limitId: row.id as LimitId,
    scope: { kind: row.scope[0], id: row.scope[1] },
    unit: row.unit,
    budget: row.budget,
    limit: BigInt(limit),
    spent: BigInt(spent),
    held: BigInt(held),
    doubt: BigInt(doubt),
    quarantined: BigInt(quarantined),
    periodStart: new Date(row.start),
    resetsAt: row.end === undefined ? undefined : new Date(row.end),
  };
};
