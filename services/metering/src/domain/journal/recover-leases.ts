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
  /** But for attempts of which nobody saw the end. */
  readonly sum: bigint;
  /** Of these: a lease is charged all of it in doubt. */
  readonly doubt: bigint;
}

/**
 * What a lease that is not closed has settled is at least what records say, and so is what of that is in doubt, until its journal says more.
 * Answers how many were raised.
 */
export const recoverLeases = ({ journalId, leases }: RecoverLeases, view: LedgerView): Decided<number> => {
  const changes = new LeaseChanges(view);
  let answer = 0;
  for (const recorded of leases) {
    const lease = changes.lease(journalId, recorded.number);
    if (!lease || lease.status === 'closed') continue;
    const count = maxOf(lease.count, recorded.count);
    const doubt = maxOf(lease.doubt, recorded.doubt);
    const sum = maxOf(lease.sum - lease.doubt, recorded.sum) + doubt;
    if (count === lease.count && doubt === lease.doubt && sum === lease.sum) continue;
    changes.put(lease, { ...lease, count, sum, doubt });
    answer += 1;
  }
  return { answer, change: changes.done() };
};
