import type { JournalId } from '@gatehouse/kernel';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { type AskedByHand, heldLeaseReleased } from '../lease/lease.events';
import { LeaseChanges } from './lease-changes';

/** Somebody knows that a journal will not speak again, as of a machine that is gone, or of a disk that lost its end. */
export interface ReleaseQuarantine {
  readonly type: 'ReleaseQuarantine';
  readonly journalId: JournalId;
  readonly numbers: readonly bigint[];
  readonly asked: AskedByHand;
}

/**
 * Closes those that are still quarantined with what was reported of them: what they hold beyond is free again, whatever a
 * provider may have billed under them. A final that comes all the same is a repetition. Answers how many.
 */
export const releaseQuarantine = (
  { journalId, numbers, asked }: ReleaseQuarantine,
  view: LedgerView,
): Decided<number> => {
  const changes = new LeaseChanges(view);
  let answer = 0;
  for (const number of new Set(numbers)) {
    const lease = changes.lease(journalId, number);
    if (lease?.status !== 'quarantined') continue;
    changes.put(lease, { ...lease, status: 'closed', released: true });
    changes.tell(heldLeaseReleased(lease, asked));
    answer += 1;
  }
  return { answer, change: changes.done() };
};
