import type { JournalId, LimitId, OrganizationId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { LeaseStatus } from '../lease/lease';
import type { Shares } from '../ledger/ledger-row';
import type { Scope, Unit } from '../limit/limit-in-force';

/** A slice of one limit in one period, under which its journal admits as many requests as fit. */
export interface HeldLease {
  readonly journalId: JournalId;
  /** Given by the ledger: 1, 2, 3 … in each journal. */
  readonly number: bigint;
  readonly organizationId: OrganizationId;
  readonly limitId: LimitId;
  readonly periodStart: Date;
  readonly unit: Unit;
  /** The limit's, and what was heard of it when the lease was granted. */
  readonly scope: Scope;
  readonly revision: bigint;
  readonly cap: bigint;
  readonly status: LeaseStatus;
  /** When silence becomes quarantine. */
  readonly deadline: Date;
  /** Nothing is admitted after it; absent where it has no end of its own. */
  readonly admitUntil: Date | undefined;
  /** Its row's, when it was granted. */
  readonly turn: bigint;
  /** Of the last report; 0 before the first. */
  readonly sequence: bigint;
  /** Settled so far: attempts, what they cost, doubt included, and how much of that in doubt. */
  readonly count: bigint;
  readonly sum: bigint;
  readonly doubt: bigint;
  /** An operator has closed it, with what its journal had reported. */
  readonly released: boolean;
}

/** A lease's identity, for maps and for events. */
export const keyOfLease = (journalId: JournalId, number: bigint): string => `${journalId}.${number}`;

export const NO_SHARES: Shares = { closed: 0n, open: 0n, doubt: 0n, quarantined: 0n, leases: 0 };

/** What is settled counts as spent, though the lease is open: a long stream must not keep a period from filling. */
export const sharesOf = ({ status, cap, sum, doubt }: HeldLease): Shares => {
  const open = status === 'closed' ? 0n : maxOf(0n, cap - sum);
  return {
    closed: sum,
    open,
    doubt,
    quarantined: status === 'quarantined' ? open : 0n,
    leases: status === 'closed' ? 0 : 1,
  };
};
