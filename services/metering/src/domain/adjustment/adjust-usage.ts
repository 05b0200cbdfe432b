import { AppError, deriveEventId, type OrganizationId } from '@gatehouse/kernel';
import { minOf } from '@gatehouse/leases';
import { assessRow } from '../ledger/assess-row';
import { type LedgerRow, withCorrection } from '../ledger/ledger-row';
import type { Asked, PendingEvent } from '../lease/lease.events';
import type { UsageRecord } from '../usage/usage-record';

/** Something was learnt of what an attempt cost: of its provider's invoice, or of a price that was wrong. */
export interface AdjustUsage {
  readonly organizationId: OrganizationId;
  /** What it cost, nano-USD; nothing of it is in doubt any more. */
  readonly amount: bigint;
  /** For what limits have spent to be lowered by it. */
  readonly approval: AdjustmentApproval;
  readonly asked: Asked;
}

/** Of somebody else: not wanted, wanted and not there, or given for an attempt that was charged so much; undefined: nobody knew how much. */
export type AdjustmentApproval =
  { readonly kind: 'needless' | 'wanted' } | { readonly kind: 'given'; readonly before: bigint | undefined };

/** REFUSED `APPROVAL_REQUIRED`: an adjustment that becomes a proposal. */
export class AdjustmentApprovalRequired extends AppError {
  constructor(readonly before: bigint | undefined) {
    super('REFUSED', 'APPROVAL_REQUIRED');
  }
}

/** An attempt, and what it is charged to. */
export interface ChargedAttempt {
  readonly record: UsageRecord;
  /** What it cost by the last correction; undefined where there was none. */
  readonly corrected: bigint | undefined;
  /** Of limits in USD, in the periods that granted what it was admitted under. */
  readonly rows: readonly ChargedRow[];
}

export interface ChargedRow {
  readonly row: LedgerRow;
  readonly strict: boolean;
  readonly waived: Waived;
}

/** What was charged to a row in doubt, was waived, and of which no truth was learnt since. */
export interface Waived {
  readonly amount: bigint;
  /** When some was waived last; undefined: never. */
  readonly at: Date | undefined;
}

export interface LimitMoved {
  readonly limitId: LedgerRow['limitId'];
  readonly periodStart: Date;
  /** By which what is spent, and what of it is in doubt, moved. */
  readonly spent: bigint;
  readonly doubt: bigint;
}

/** What a correction makes of a row. */
export interface RowCorrection extends LimitMoved {
  /** By which what is waived of it moved. */
  readonly waived: bigint;
}

export interface UsageAdjustment {
  /** Undefined where it was unknown. */
  readonly before: bigint | undefined;
  readonly amount: bigint;
  /** In order of limit and period. */
  readonly limits: readonly LimitMoved[];
}

export interface AdjustmentDecided {
  readonly adjustment: UsageAdjustment;
  readonly rows: readonly LedgerRow[];
  /** In order of limit and period. */
  readonly corrections: readonly RowCorrection[];
  readonly events: readonly PendingEvent[];
  readonly counted: MovedCounts;
}

/** By which counters move. */
export interface MovedCounts {
  readonly amount: bigint;
  readonly doubt: bigint;
  readonly unknownRequests: bigint;
}

/**
 * Moves what its limits have spent from what the attempt was charged to what it cost, in the periods that it was charged in, and
 * its counters. What was charged in doubt is known now. Refusals: `AdjustmentApprovalRequired` where what a limit has spent would be
 * lowered, so that more may be spent, and that wants a second admin; CONFLICT `REVISION_MISMATCH` where something else was learnt of the
 * attempt since it was approved.
 */
export const adjustUsage = (command: AdjustUsage, attempt: ChargedAttempt): AdjustmentDecided => {
  const { amount, approval } = command;
  const { before, moved, counted } = costing(amount, attempt);
  if (approval.kind === 'given' && approval.before !== before)
    throw new AppError('CONFLICT', 'REVISION_MISMATCH');
  if (approval.kind === 'wanted' && moved.some(({ row, after }) => after.closed < row.closed))
    throw new AdjustmentApprovalRequired(before);
  const assessed = moved.map(({ after }) => assessRow(after));
  const adjustment = { before, amount, limits: moved.map(limitMoved) };
  return {
    adjustment,
    rows: assessed.map(({ row }) => row),
    corrections: moved.map(rowCorrection),
    events: [usageAdjusted(command, attempt.record, adjustment), ...assessed.flatMap(({ events }) => events)],
    counted,
  };
};

/** A row before and after. */
export interface RowMoved {
  readonly row: LedgerRow;
  readonly after: LedgerRow;
  /** By which what is waived of it moved. */
  readonly waived: bigint;
}

/** What becomes of rows and counters where an attempt cost so much, and nothing of it is in doubt. */
export const costing = (
  amount: bigint,
  { record, corrected, rows }: ChargedAttempt,
): {
  /** Undefined where it was unknown. */
  readonly before: bigint | undefined;
  readonly moved: readonly RowMoved[];
  readonly counted: MovedCounts;
} => {
  const before = corrected ?? record.amount;
  const moved = rows.map(({ row, strict, waived }) => {
    const charged = chargedOf(record, corrected, strict);
    const known = isWaived(record, waived) ? minOf(charged.doubt, waived.amount) : 0n;
    // Doubt that was waived is not charged any more; what is in doubt since is of others.
    const doubt = minOf(charged.doubt - known, row.doubt);
    // Of a lease that a restored ledger has lost it is charged as what records told, and not as doubt.
    const recovered = minOf(charged.doubt - known - doubt, row.recovered);
    const after = withCorrection(row, amount - charged.spent + charged.doubt - doubt - recovered, -doubt);
    return { row, after, waived: -known };
  });
  const counted = {
    amount: amount - (before ?? 0n),
    doubt: corrected === undefined ? -record.doubt : 0n,
    unknownRequests: before === undefined && areTokensKnown(record) ? -1n : 0n,
  };
  return { before, moved, counted };
};

/** It may have been: of those that were admitted before, it is not known whose doubt came after the waiver. */
const isWaived = ({ admittedAt }: UsageRecord, { at }: Waived): boolean =>
  at !== undefined && admittedAt <= at;

export const rowCorrection = (moved: RowMoved): RowCorrection => ({
  ...limitMoved(moved),
  waived: moved.waived,
});

export const limitMoved = ({ row, after }: RowMoved): LimitMoved => ({
  limitId: row.limitId,
  periodStart: row.start,
  spent: after.closed - row.closed,
  doubt: after.doubt - row.doubt,
});

const areTokensKnown = ({ inputTokens, outputTokens }: UsageRecord): boolean =>
  inputTokens !== undefined && outputTokens !== undefined;

/**
 * What a gateway charges a limit in USD: the amount, and its doubt where the limit is strict. Where nobody saw the end it is
 * all in doubt, and where the amount is unknown its bound is charged in its place.
 */
const chargedOf = (
  { amount, doubt, outcome }: UsageRecord,
  corrected: bigint | undefined,
  strict: boolean,
): { readonly spent: bigint; readonly doubt: bigint } => {
  if (corrected !== undefined) return { spent: corrected, doubt: 0n };
  if (amount === undefined) return { spent: doubt, doubt };
  if (outcome === 'unknown') return { spent: amount, doubt: amount };
  return strict ? { spent: amount + doubt, doubt } : { spent: amount, doubt: 0n };
};

const usageAdjusted = (
  { organizationId, asked }: AdjustUsage,
  record: UsageRecord,
  { before, amount, limits }: UsageAdjustment,
): PendingEvent => {
  const { requestId: usageRequestId, attempt, admittedAt, workspaceId, provisionId } = record;
  return {
    id: deriveEventId('UsageAdjusted', organizationId, asked.requestId),
    organizationId,
    asked,
    event: {
      type: 'UsageAdjusted',
      ...{ usageRequestId, attempt, admittedAt, workspaceId, provisionId },
      ...(before !== undefined && { before }),
      ...{ amount, limits },
    },
  };
};
