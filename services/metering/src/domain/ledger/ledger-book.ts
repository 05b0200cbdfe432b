import type { JournalId, LeaseId, LimitId } from '@gatehouse/kernel';
import { askLease, type AskLease, type AskOutcome, type SCOPE_NOT_SEEN } from '../lease/ask-lease';
import { closeLease, type CloseLease } from '../lease/close-lease';
import type { Journal, Lease, LeaseTerms } from '../lease/lease';
import type { PendingEvent } from '../lease/lease.events';
import { openJournal, type OpenJournal } from '../lease/open-journal';
import { quarantineLeases, type QuarantineLeases } from '../lease/quarantine-leases';
import { renewLeases, type Renewal, type RenewLeases } from '../lease/renew-leases';
import { returnLease, type ReturnLease } from '../lease/return-lease';
import { keyOfScope, type Scope, type ScopeInForce } from '../limit/limit-in-force';
import { keyOfRow, type LedgerRow } from './ledger-row';
import type { Decided, LedgerChange, LedgerView } from './ledger-view';

/** What the ledger can be told to do, and what it answers. */
export interface LedgerAnswers {
  readonly AskLease: AskOutcome | typeof SCOPE_NOT_SEEN;
  readonly ReturnLease: void;
  readonly CloseLease: void;
  readonly RenewLeases: Renewal;
  readonly OpenJournal: readonly Lease[];
  readonly QuarantineLeases: number;
}

export type LedgerCommand =
  AskLease | ReturnLease | CloseLease | RenewLeases | OpenJournal | QuarantineLeases;

export const decideLedger = (
  command: LedgerCommand,
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<LedgerAnswers[LedgerCommand['type']]> => {
  switch (command.type) {
    case 'AskLease':
      return askLease(command, view, now, terms);
    case 'ReturnLease':
      return returnLease(command, view);
    case 'CloseLease':
      return closeLease(command, view);
    case 'RenewLeases':
      return renewLeases(command, view, now, terms);
    case 'OpenJournal':
      return openJournal(command, view);
    case 'QuarantineLeases':
      return quarantineLeases(command, view, now);
  }
};

/**
 * Pages of the ledger in memory: what several decisions read, one after the other, each seeing what those before it
 * changed; and what they changed in all.
 */
export class LedgerBook implements LedgerView {
  readonly journals = new Map<JournalId, Journal>();
  readonly outcomes = new Map<string, AskOutcome>();
  readonly leases = new Map<LeaseId, Lease>();
  /** By `keyOfScope`. */
  readonly scopes = new Map<string, ScopeInForce>();
  readonly rows = new Map<string, LedgerRow>();
  private readonly latest = new Map<LimitId, LedgerRow>();
  readonly changed = {
    journals: new Set<JournalId>(),
    outcomes: [] as { readonly journalId: JournalId; readonly askId: string; readonly outcome: AskOutcome }[],
    leases: new Set<LeaseId>(),
    rows: new Set<string>(),
    events: [] as PendingEvent[],
  };

  journal(id: JournalId): Journal | undefined {
    return this.journals.get(id);
  }

  outcomeOf(journalId: JournalId, askId: string): AskOutcome | undefined {
    return this.outcomes.get(keyOfAsk(journalId, askId));
  }

  lease(id: LeaseId): Lease | undefined {
    return this.leases.get(id);
  }

  leasesOf(journalId: JournalId): readonly Lease[] {
    return [...this.leases.values()].filter(
      (lease) => lease.journalId === journalId && lease.status !== 'closed',
    );
  }

  scope(scope: Scope): ScopeInForce | undefined {
    return this.scopes.get(keyOfScope(scope));
  }

  latestRow(limitId: LimitId): LedgerRow | undefined {
    return this.latest.get(limitId);
  }

  rowOf(limitId: LimitId, periodStart: Date): LedgerRow {
    const row = this.rows.get(keyOfRow(limitId, periodStart));
    if (!row) throw new Error(`no ledger row of ${limitId} from ${periodStart.toISOString()}`);
    return row;
  }

  /** Puts a row on a page, without counting it as a change. */
  enter(row: LedgerRow): void {
    this.rows.set(keyOfRow(row.limitId, row.start), row);
    const latest = this.latest.get(row.limitId);
    if (!latest || latest.start <= row.start) this.latest.set(row.limitId, row);
  }

  apply({ journals = [], outcomes = [], leases = [], rows = [], events = [] }: LedgerChange): void {
    for (const journal of journals) {
      this.journals.set(journal.id, journal);
      this.changed.journals.add(journal.id);
    }
    for (const { journalId, askId, outcome } of outcomes) {
      this.outcomes.set(keyOfAsk(journalId, askId), outcome);
      this.changed.outcomes.push({ journalId, askId, outcome });
    }
    for (const lease of leases) {
      this.leases.set(lease.id, lease);
      this.changed.leases.add(lease.id);
    }
    for (const row of rows) {
      this.enter(row);
      this.changed.rows.add(keyOfRow(row.limitId, row.start));
    }
    this.changed.events.push(...events);
  }
}

export const keyOfAsk = (journalId: JournalId, askId: string): string => `${journalId} ${askId}`;
