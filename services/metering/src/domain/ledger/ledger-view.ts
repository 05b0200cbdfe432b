import type { JournalId, LeaseId, LimitId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { SliceOutcome } from '../journal/slices';
import type { HeldLease } from '../journal/held-lease';
import type { Asking, Waiter } from '../journal/waiter';
import type { AskOutcome } from '../lease/ask-outcome';
import type { PendingEvent } from '../lease/lease.events';
import type { Journal, Lease } from '../lease/lease';
import type { Scope, ScopeInForce } from '../limit/limit-in-force';
import type { LedgerRow } from './ledger-row';

/** What decisions read: as it stands, with all that it concerns locked. */
export interface LedgerView {
  journal(id: JournalId): Journal | undefined;
  /** How an ask was answered before. */
  outcomeOf(journalId: JournalId, askId: string): AskOutcome | undefined;
  lease(id: LeaseId): Lease | undefined;
  /** The journal's leases that are open or quarantined. */
  leasesOf(journalId: JournalId): readonly Lease[];
  /** How an ask for slices was answered before. */
  sliceOutcomeOf(journalId: JournalId, askId: string): SliceOutcome | undefined;
  heldLease(journalId: JournalId, number: bigint): HeldLease | undefined;
  /** What records had told of a lease that was lost, when the ledger was recovered. */
  recordedOf(journalId: JournalId, number: bigint): Amounts | undefined;
  /** The journal's leases of one limit that are open or quarantined. */
  heldLeasesOf(journalId: JournalId): readonly HeldLease[];
  /** An ask that stands in line. */
  waiter(journalId: JournalId, askId: string): Waiter | undefined;
  /** All that the journal has in lines. */
  waitersOf(journalId: JournalId): readonly Waiter[];
  /** The number of whoever was the last to come to any line, or a number from which on none is taken. */
  lastCame(): bigint;
  /** Who waits for a limit, in order, also those whose wait is over. */
  lineOf(limitId: LimitId): readonly Waiter[];
  /** What open leases of a row hold that were granted after a turn, by the row's key. */
  openSince(row: string, turn: bigint): bigint;
  /** How many journals hold open leases of a row, by its key. */
  holdersOf(row: string): number;
  /** Up to which its events were applied; undefined where nothing was heard of it. */
  revisionOf(scope: Scope): bigint | undefined;
  /** The ledger was found to be restored from a backup, and nobody has recovered it yet. */
  restored(): boolean;
  /** When somebody did so last; undefined where it never was restored. */
  recoveredAt(): Date | undefined;
  scope(scope: Scope): ScopeInForce | undefined;
  /** The row of the limit's latest period that has begun, and with it what those hold that have not. */
  presentRow(limitId: LimitId, now: Date): LedgerRow | undefined;
  /** The row that a lease was granted in; it exists for as long as the lease does. */
  rowOf(limitId: LimitId, periodStart: Date): LedgerRow;
  /** Whether that request has ended one of the limit's periods. */
  wasReset(limitId: LimitId, requestId: string): boolean;
  findRow(limitId: LimitId, periodStart: Date): LedgerRow | undefined;
}

/** What a decision changes, all or nothing. */
export interface LedgerChange {
  readonly journals?: readonly Journal[];
  readonly outcomes?: readonly {
    readonly journalId: JournalId;
    readonly askId: string;
    readonly outcome: AskOutcome;
  }[];
  readonly leases?: readonly Lease[];
  readonly heldLeases?: readonly HeldLease[];
  readonly sliceOutcomes?: readonly {
    readonly journalId: JournalId;
    readonly askId: string;
    readonly outcome: SliceOutcome;
  }[];
  /** Come to lines, or to more of them. */
  readonly waiters?: readonly Waiter[];
  /** Gone from every line. */
  readonly left?: readonly Asking[];
  /** The ledger has found out that it was restored from a backup. */
  readonly restored?: true;
  readonly rows?: readonly LedgerRow[];
  readonly events?: readonly PendingEvent[];
}

export interface Decided<Answer> {
  readonly answer: Answer;
  readonly change: LedgerChange;
}

export const unchanged = <Answer>(answer: Answer): Decided<Answer> => ({ answer, change: {} });
