import type { JournalId } from '@gatehouse/kernel';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { heldLeaseQuarantined } from '../lease/lease.events';
import { LeaseChanges } from './lease-changes';

/** Leases of one journal that seemed silent when somebody looked. */
export interface QuarantineHeld {
  readonly type: 'QuarantineHeld';
  readonly journalId: JournalId;
  readonly numbers: readonly bigint[];
}

/**
 * Quarantines those that are still open past their deadline: what they hold stays charged, for the provider may bill it,
 * and time alone never gives it back. Answers how many.
 */
export const quarantineHeld = (
  { journalId, numbers }: QuarantineHeld,
  view: LedgerView,
  now: Date,
): Decided<number> => {
  const changes = new LeaseChanges(view);
  let answer = 0;
  for (const number of new Set(numbers)) {
    const lease = changes.lease(journalId, number);
    if (lease?.status !== 'open' || lease.deadline > now) continue;
    changes.put(lease, { ...lease, status: 'quarantined' });
    changes.tell(heldLeaseQuarantined(lease));
    answer += 1;
  }
  return { answer, change: changes.done() };
};
