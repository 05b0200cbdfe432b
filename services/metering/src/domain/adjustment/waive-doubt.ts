import { deriveEventId, type OrganizationId } from '@gatehouse/kernel';
import { assessRow } from '../ledger/assess-row';
import { type LedgerRow, withCorrection } from '../ledger/ledger-row';
import type { Asked, PendingEvent } from '../lease/lease.events';

/** Somebody takes it upon them that what is in doubt in a period of a budget was not billed. */
export interface WaiveDoubt {
  readonly organizationId: OrganizationId;
  readonly asked: Asked;
}

export interface DoubtWaivedDecided {
  readonly row: LedgerRow;
  readonly events: readonly PendingEvent[];
  /** By which what is spent, and what of it is in doubt, falls. */
  readonly waived: bigint;
}

/** What is charged in doubt is not spent any more; what comes into doubt later stays. Nothing happens where nothing is in doubt. */
export const waiveDoubt = ({ organizationId, asked }: WaiveDoubt, before: LedgerRow): DoubtWaivedDecided => {
  const waived = before.doubt;
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
