import type { JournalId, LeaseId } from '@gatehouse/kernel';
import { withSilence } from '../ledger/ledger-row';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { RowChanges } from '../ledger/row-changes';
import type { Lease } from './lease';
import { leaseQuarantined, type PendingEvent } from './lease.events';

/** Leases of one journal that seemed silent when somebody looked. */
export interface QuarantineLeases {
  readonly type: 'QuarantineLeases';
  readonly journalId: JournalId;
  readonly leaseIds: readonly LeaseId[];
}

/**
 * Quarantines those that are still open past their deadline: the cap stays charged, for the provider may bill it, and
 * time alone never gives it back. Answers how many.
 */
export const quarantineLeases = (
  { journalId, leaseIds }: QuarantineLeases,
  view: LedgerView,
  now: Date,
): Decided<number> => {
  const silent: Lease[] = [];
  const rows = new RowChanges(view);
  const events: PendingEvent[] = [];
  for (const id of new Set(leaseIds)) {
    const lease = view.lease(id);
    if (lease?.journalId !== journalId || lease.status !== 'open' || lease.deadline > now) continue;
    silent.push({ ...lease, status: 'quarantined' });
    for (const slice of lease.slices) {
      rows.change(slice, (row) => withSilence(row, slice.cap));
      events.push(leaseQuarantined(lease, slice));
    }
  }
  return { answer: silent.length, change: { leases: silent, rows: rows.changed(), events } };
};
