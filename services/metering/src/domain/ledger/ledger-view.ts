import type { JournalId, LeaseId, LimitId } from '@gatehouse/kernel';
import type { AskOutcome } from '../lease/ask-lease';
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
  scope(scope: Scope): ScopeInForce | undefined;
  /** The row of the limit's latest period. */
  latestRow(limitId: LimitId): LedgerRow | undefined;
  /** The row that a lease was granted in; it exists for as long as the lease does. */
  rowOf(limitId: LimitId, periodStart: Date): LedgerRow;
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
  readonly rows?: readonly LedgerRow[];
  readonly events?: readonly PendingEvent[];
}

export interface Decided<Answer> {
  readonly answer: Answer;
  readonly change: LedgerChange;
}

export const unchanged = <Answer>(answer: Answer): Decided<Answer> => ({ answer, change: {} });
