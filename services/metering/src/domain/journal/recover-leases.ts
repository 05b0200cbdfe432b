import type { JournalId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { LeaseChanges } from './lease-changes';

/** What usage records say of leases of a journal, after a restore from a backup that may be older than these records. */
export interface RecoverLeases {
  readonly type: 'RecoverLeases';
  readonly journalId: JournalId;
  readonly leases: readonly RecordedLease[];
}

/** Sums of the records that name a lease, in its limit's unit. */
export interface RecordedLease {
  readonly number: bigint;
  readonly count: bigint;
  readonly sum: bigint;
}

/**
 * What a lease that is not closed has settled, but for doubt, is at least what records say, until its journal says more. Answers
 * how many were raised.
 */
export const recoverLeases = ({ journalId, leases }: RecoverLeases, view: LedgerView): Decided<number> => {
  const changes = new LeaseChanges(view);
  let answer = 0;
  for (const { number, count, sum } of leases) {
    const lease = changes.lease(journalId, number);
    if (!lease || lease.status === 'closed') continue;
    const settled = sum + lease.doubt;
    if (lease.sum >= settled && lease.count >= count) continue;
    changes.put(lease, { ...lease, count: maxOf(lease.count, count), sum: maxOf(lease.sum, settled) });
    answer += 1;
  }
  return { answer, change: changes.done() };
};
