import { AppError, deriveEventId, type OrganizationId } from '@gatehouse/kernel';
import { minOf } from '@gatehouse/leases';
import { assessRow } from '../ledger/assess-row';
import { type LedgerRow, withCorrection } from '../ledger/ledger-row';
import type { Asked, PendingEvent } from '../lease/lease.events';

/** Somebody takes it upon them that what is in doubt in a period of a budget was not billed. */
export interface WaiveDoubt {
  readonly organizationId: OrganizationId;
  readonly asked: Asked;
  readonly approval: WaiverApproval;
}

/** Of somebody else: not wanted, wanted and not there, or given for so much of the period that began then. */
export type WaiverApproval =
  | { readonly kind: 'needless' | 'wanted' }
  | { readonly kind: 'given'; readonly periodStart: Date; readonly doubt: bigint };

/** REFUSED `APPROVAL_REQUIRED`: a waiver that becomes a proposal. */
export class WaiverApprovalRequired extends AppError {
  constructor(
    readonly periodStart: Date,
    readonly doubt: bigint,
  ) {
    super('REFUSED', 'APPROVAL_REQUIRED');
  }
}

export interface DoubtWaivedDecided {
  readonly row: LedgerRow;
  readonly events: readonly PendingEvent[];
  /** By which what is spent, and what of it is in doubt, falls. */
  readonly waived: bigint;
}

/**
 * What is charged in doubt is not spent any more; what comes into doubt later stays. Nothing happens where nothing is in doubt. Refusals:
 * `WaiverApprovalRequired`; CONFLICT `REVISION_MISMATCH` where the period is over that it was approved for.
 */
export const waiveDoubt = (
  { organizationId, asked, approval }: WaiveDoubt,
  before: LedgerRow,
): DoubtWaivedDecided => {
  if (approval.kind === 'given' && approval.periodStart.getTime() !== before.start.getTime())
    throw new AppError('CONFLICT', 'REVISION_MISMATCH');
  if (approval.kind === 'wanted' && before.doubt > 0n)
    throw new WaiverApprovalRequired(before.start, before.doubt);
  const waived = approval.kind === 'given' ? minOf(approval.doubt, before.doubt) : before.doubt;
  if (waived === 0n) return { row: before, events: [], waived };
  const { row, events } = assessRow(withCorrection(before, -waived, -waived));
  const { limitId, scope, start: periodStart, unit, amount: limit, closed: spent } = row;
  const told: PendingEvent = {
    id: deriveEventId('DoubtWaived', limitId, periodStart.toISOString(), asked.requestId),
    organizationId,
    asked,
    event: { type: 'DoubtWaived', limitId, scope, periodStart, ...(unit && { unit }), limit, spent, waived },
  };
  return { row, events: [told, ...events], waived };
};
