import { AppError, type JournalId, type LeaseId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import { assessRow } from '../ledger/assess-row';
import type { LedgerRow } from '../ledger/ledger-row';
import { withClosing } from '../ledger/ledger-row';
import { type Decided, type LedgerView, unchanged } from '../ledger/ledger-view';
import type { Lease } from './lease';
import { holdExceeded, type PendingEvent } from './lease.events';

/** A journal's final word on a lease. */
export interface CloseLease {
  readonly type: 'CloseLease';
  readonly journalId: JournalId;
  readonly leaseId: LeaseId;
  /** Attempts admitted under it. */
  readonly count: bigint;
  /** What they cost, doubt included. */
  readonly sum: Amounts;
  readonly doubt: Amounts;
}

/**
 * Charges what the journal proves to the rows that granted the lease, whatever has become of their periods. The first
 * final counts; a repetition changes nothing. Never refused for want of room. Refusals: NOT_FOUND `LEASE_UNKNOWN`,
 * REFUSED `LEASE_OF_ANOTHER_JOURNAL`.
 */
export const closeLease = (close: CloseLease, view: LedgerView): Decided<void> => {
  const lease = leaseOfJournal(view, close.leaseId, close.journalId);
  if (lease.status === 'closed') return unchanged(undefined);
  const slices = lease.slices.map((slice) => ({ ...slice, charged: close.sum[slice.unit] }));
  const events: PendingEvent[] = [];
  const rows = slices.map((slice): LedgerRow => {
    const closed = withClosing(view.rowOf(slice.limitId, slice.periodStart), {
      cap: slice.cap,
      charged: slice.charged,
      doubt: close.doubt[slice.unit],
      quarantined: lease.status === 'quarantined',
    });
    if (slice.charged > slice.cap) events.push(holdExceeded(lease, slice));
    const assessed = assessRow({ ...closed, organizationId: lease.organizationId, unit: slice.unit });
    events.push(...assessed.events);
    return assessed.row;
  });
  const { count, sum, doubt } = close;
  const closed: Lease = { ...lease, status: 'closed', count, sum, doubt, slices };
  return { answer: undefined, change: { leases: [closed], rows, events } };
};

/** NOT_FOUND `LEASE_UNKNOWN`; REFUSED `LEASE_OF_ANOTHER_JOURNAL`: only the journal that holds a lease speaks for it. */
export const leaseOfJournal = (view: LedgerView, id: LeaseId, journalId: JournalId): Lease => {
  const lease = view.lease(id);
  if (!lease) throw new AppError('NOT_FOUND', 'LEASE_UNKNOWN');
  if (lease.journalId !== journalId) throw new AppError('REFUSED', 'LEASE_OF_ANOTHER_JOURNAL');
  return lease;
};
