import type { JournalId, LeaseId } from '@gatehouse/kernel';
import { type Amounts, minOf } from '@gatehouse/leases';
import { withReturn } from '../ledger/ledger-row';
import { type Decided, type LedgerView, unchanged } from '../ledger/ledger-view';
import { leaseOfJournal } from './close-lease';

/** Lowers a lease's caps to absolute amounts. */
export interface ReturnLease {
  readonly type: 'ReturnLease';
  readonly journalId: JournalId;
  readonly leaseId: LeaseId;
  /** Rises with every return of the lease, from 1. */
  readonly sequence: bigint;
  readonly cap: Amounts;
}

/**
 * A lease never grows: a cap above the present one changes nothing, and neither does a return that is late or comes
 * twice. Refusals as for a close.
 */
export const returnLease = (command: ReturnLease, view: LedgerView): Decided<void> => {
  const lease = leaseOfJournal(view, command.leaseId, command.journalId);
  if (lease.status === 'closed' || command.sequence <= lease.returns) return unchanged(undefined);
  const slices = lease.slices.map((slice) => ({ ...slice, cap: minOf(slice.cap, command.cap[slice.unit]) }));
  const rows = lease.slices.map(({ limitId, periodStart, cap }, index) =>
    withReturn(
      view.rowOf(limitId, periodStart),
      cap - (slices[index]?.cap ?? cap),
      lease.status === 'quarantined',
    ),
  );
  return { answer: undefined, change: { leases: [{ ...lease, returns: command.sequence, slices }], rows } };
};
