import type { JournalId, LeaseId } from '@gatehouse/kernel';
import { type LedgerRow, withVoice } from '../ledger/ledger-row';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { RowChanges } from '../ledger/row-changes';
import { assertSpeaks, validForMs } from './ask-lease';
import type { Lease, LeaseTerms } from './lease';

/** A journal says that it is alive and still holds these leases. */
export interface RenewLeases {
  readonly type: 'RenewLeases';
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly leaseIds: readonly LeaseId[];
}

export interface Renewal {
  /** Not held open here: nothing more may be admitted under them. */
  readonly gone: readonly LeaseId[];
  /** For admissions, from the first sending of the renewal; 0 once a period that granted one of them has ended. */
  readonly validForMs: number;
}

/**
 * Moves deadlines forward. A lease whose period has ended goes on living for the requests it has admitted, and one in
 * quarantine is heard again: its cap was charged all the while. Refusals: as for an ask.
 */
export const renewLeases = (
  { journalId, incarnation, leaseIds }: RenewLeases,
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<Renewal> => {
  assertSpeaks(view.journal(journalId), incarnation);
  const held = new Map<LeaseId, Lease>();
  for (const id of leaseIds) {
    const lease = view.lease(id);
    if (lease?.journalId === journalId && lease.status !== 'closed') held.set(id, lease);
  }
  const leases = [...held.values()];
  const deadline = new Date(now.getTime() + terms.ttlMs + terms.marginMs);
  return {
    answer: {
      gone: leaseIds.filter((id) => !held.has(id)),
      validForMs: Math.min(
        terms.ttlMs,
        ...leases.map(({ admitUntil }) => validForMs(admitUntil, now, terms)),
      ),
    },
    change: {
      leases: leases.map((lease) => ({ ...lease, status: 'open', deadline })),
      rows: heardAgain(leases, view),
    },
  };
};

const heardAgain = (leases: readonly Lease[], view: LedgerView): readonly LedgerRow[] => {
  const rows = new RowChanges(view);
  for (const { status, slices } of leases) {
    if (status !== 'quarantined') continue;
    for (const slice of slices) rows.change(slice, (row) => withVoice(row, slice.cap));
  }
  return rows.changed();
};
