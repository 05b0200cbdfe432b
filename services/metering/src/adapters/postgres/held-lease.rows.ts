import type { JournalId, LimitId, OrganizationId, ScopeKind } from '@gatehouse/kernel';
import type { GrantedLease, SliceOutcome } from '../../domain/journal/slices';
import type { HeldLease } from '../../domain/journal/held-lease';
import type { LeaseStatus } from '../../domain/lease/lease';
import type { Unit } from '../../domain/limit/limit-in-force';
import {
  fromRowDenial,
  fromRowState,
  type RowDenial,
  type RowState,
  toRowDenial,
  toRowState,
} from './ask-outcome.row';

export interface HeldLeaseDbRow {
  journal_id: JournalId;
  number: bigint;
  organization_id: OrganizationId;
  limit_id: LimitId;
  period_start: Date;
  unit: Unit;
  scope_kind: ScopeKind;
  scope_id: string;
  revision: bigint;
  cap: bigint;
  status: LeaseStatus;
  deadline: Date;
  admit_until: Date | null;
  turn: bigint;
  sequence: bigint;
  count: bigint;
  sum: bigint;
  doubt: bigint;
  released: boolean;
}

export const fromRowHeldLease = (row: HeldLeaseDbRow): HeldLease => ({
  journalId: row.journal_id,
  number: row.number,
  organizationId: row.organization_id,
  limitId: row.limit_id,
  periodStart: row.period_start,
  unit: row.unit,
  scope: { kind: row.scope_kind, id: row.scope_id },
  revision: row.revision,
  cap: row.cap,
  status: row.status,
  deadline: row.deadline,
  admitUntil: row.admit_until ?? undefined,
  turn: row.turn,
  sequence: row.sequence,
  count: row.count,
  sum: row.sum,
  doubt: row.doubt,
  released: row.released,
});

/** An outcome as JSON: 64-bit integers as decimal strings, times in ISO 8601. */
export type RowSliceOutcome =
  | RowDenial
  | {
      readonly kind: 'slices';
      readonly leases: readonly RowGranted[];
      /** kind, id, revision */
      readonly scopes: readonly (readonly [ScopeKind, string, string])[];
      readonly covered: readonly RowState[];
      readonly validForMs: number;
    };

interface RowGranted {
  readonly number: string;
  readonly limit: RowState;
  readonly cap: string;
  readonly validForMs: number;
  readonly endsInMs?: number;
  readonly strict: boolean;
  /** Absent in outcomes of the version before. */
  readonly turn?: string;
}

export const toRowSliceOutcome = (outcome: SliceOutcome): string => {
  const row: RowSliceOutcome =
    outcome.kind === 'denial'
      ? toRowDenial(outcome)
      : {
          kind: 'slices',
          leases: outcome.leases.map(toRowGranted),
          scopes: outcome.scopes.map(
            ({ scope, revision }) => [scope.kind, scope.id, String(revision)] as const,
          ),
          covered: outcome.covered.map(toRowState),
          validForMs: outcome.validForMs,
        };
  return JSON.stringify(row);
};

export const fromRowSliceOutcome = (row: RowSliceOutcome): SliceOutcome =>
  row.kind === 'denial'
    ? fromRowDenial(row)
    : {
        kind: 'slices',
        leases: row.leases.map(fromRowGranted),
        scopes: row.scopes.map(([kind, id, revision]) => ({
          scope: { kind, id },
          revision: BigInt(revision),
        })),
        covered: row.covered.map(fromRowState),
        validForMs: row.validForMs,
      };

const toRowGranted = ({ number, limit, cap, endsInMs, turn, ...granted }: GrantedLease): RowGranted => ({
  ...granted,
  turn: String(turn),
  number: String(number),
  limit: toRowState(limit),
  cap: String(cap),
  ...(endsInMs !== undefined && { endsInMs }),
});

const fromRowGranted = ({ number, limit, cap, endsInMs, turn, ...granted }: RowGranted): GrantedLease => ({
  ...granted,
  turn: BigInt(turn ?? 0),
  number: BigInt(number),
  limit: fromRowState(limit),
  cap: BigInt(cap),
  endsInMs,
});
