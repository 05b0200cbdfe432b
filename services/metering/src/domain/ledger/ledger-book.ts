import type { JournalId, LeaseId, LimitId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import { askSlices } from '../journal/ask-slices';
import type { AskSlices, SliceAnswer, SliceOutcome } from '../journal/slices';
import { beginJournal, type BeginJournal, type Begun } from '../journal/begin-journal';
import { type Closed, closeLeases, type CloseLeases } from '../journal/close-leases';
import { type HeldLease, keyOfLease, sharesOf } from '../journal/held-lease';
import { quarantineHeld, type QuarantineHeld } from '../journal/quarantine-held';
import { recoverLeases, type RecoverLeases } from '../journal/recover-leases';
import { releaseQuarantine, type ReleaseQuarantine } from '../journal/release-quarantine';
import { reportLeases, type Reported, type ReportLeases } from '../journal/report-leases';
import type { Waiter } from '../journal/waiter';
import { withdrawAsks, type WithdrawAsks } from '../journal/withdraw-asks';
import { askLease, type AskLease, type SCOPE_NOT_SEEN } from '../lease/ask-lease';
import type { AskOutcome } from '../lease/ask-outcome';
import { closeLease, type CloseLease } from '../lease/close-lease';
import type { Journal, Lease, LeaseTerms } from '../lease/lease';
import type { PendingEvent } from '../lease/lease.events';
import { openJournal, type OpenJournal } from '../lease/open-journal';
import { quarantineLeases, type QuarantineLeases } from '../lease/quarantine-leases';
import { renewLeases, type Renewal, type RenewLeases } from '../lease/renew-leases';
import { returnLease, type ReturnLease } from '../lease/return-lease';
import { keyOfScope, type Scope, type ScopeInForce } from '../limit/limit-in-force';
import { keyOfRow, type LedgerRow, presentRow } from './ledger-row';
import type { Decided, LedgerChange, LedgerView } from './ledger-view';
import { closePeriods, type ClosePeriods } from './close-periods';
import { recoverSpent, type RecoverSpent } from './recover-spent';
import { resetBudget, type ResetBudget } from './reset-budget';
import { reviewBudgets, type ReviewBudgets } from './review-budgets';

/** What the ledger can be told to do, and what it answers. */
export interface LedgerAnswers {
  readonly AskLease: AskOutcome | typeof SCOPE_NOT_SEEN;
  readonly ReturnLease: void;
  readonly CloseLease: void;
  readonly RenewLeases: Renewal;
  readonly OpenJournal: readonly Lease[];
  readonly QuarantineLeases: number;
  readonly BeginJournal: Begun;
  readonly CloseLeases: Closed;
  readonly ReportLeases: Reported;
  readonly AskSlices: SliceAnswer;
  readonly WithdrawAsks: void;
  readonly QuarantineHeld: number;
  readonly ReleaseQuarantine: number;
  readonly ReviewBudgets: number;
  readonly ClosePeriods: number;
  readonly ResetBudget: void;
  readonly RecoverLeases: number;
  readonly RecoverSpent: number;
}

export type LedgerCommand =
  | AskLease
  | ReturnLease
  | CloseLease
  | RenewLeases
  | OpenJournal
  | QuarantineLeases
  | BeginJournal
  | CloseLeases
  | ReportLeases
  | AskSlices
  | WithdrawAsks
  | QuarantineHeld
  | ReleaseQuarantine
  | ReviewBudgets
  | ClosePeriods
  | ResetBudget
  | RecoverLeases
  | RecoverSpent;

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
    case 'BeginJournal':
      return beginJournal(command, view);
    case 'CloseLeases':
      return closeLeases(command, view, now);
    case 'ReportLeases':
      return reportLeases(command, view, now, terms);
    case 'AskSlices':
      return askSlices(command, view, now, terms);
    case 'WithdrawAsks':
      return withdrawAsks(command, view);
    case 'QuarantineHeld':
      return quarantineHeld(command, view, now);
    case 'ReleaseQuarantine':
    case 'ReviewBudgets':
    case 'ClosePeriods':
    case 'ResetBudget':
    case 'RecoverLeases':
    case 'RecoverSpent':
      return decideUnasked(command, view, now);
  }
};

/** What no journal says. */
const decideUnasked = (
  command: ReleaseQuarantine | ReviewBudgets | ClosePeriods | ResetBudget | RecoverLeases | RecoverSpent,
  view: LedgerView,
  now: Date,
): Decided<number | void> => {
  switch (command.type) {
    case 'ReleaseQuarantine':
      return releaseQuarantine(command, view);
    case 'RecoverLeases':
      return recoverLeases(command, view);
    case 'ReviewBudgets':
      return reviewBudgets(command, view, now);
    case 'ClosePeriods':
      return closePeriods(command, view, now);
    case 'ResetBudget':
      return resetBudget(command, view, now);
    case 'RecoverSpent':
      return recoverSpent(command, view, now);
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
  readonly sliceOutcomes = new Map<string, SliceOutcome>();
  /** By `keyOfAsk`. */
  readonly waiters = new Map<string, Waiter>();
  private readonly lines = new Map<LimitId, Waiter[]>();
  private cameAtMost = 0n;
  /** By `keyOfLease`. */
  readonly heldLeases = new Map<string, HeldLease>();
  /** What records had told of leases that were lost, by `keyOfLease`. */
  readonly recorded = new Map<string, Amounts>();
  /** Journals with open leases, by `keyOfRow`. */
  private readonly holders = new Map<string, Map<JournalId, Set<bigint>>>();
  /** By `keyOfScope`. */
  readonly revisions = new Map<string, bigint>();
  isRestored = false;
  wasRecoveredAt: Date | undefined;
  /** By `keyOfScope`. */
  readonly scopes = new Map<string, ScopeInForce>();
  readonly rows = new Map<string, LedgerRow>();
  /** In order. */
  private readonly periods = new Map<LimitId, LedgerRow[]>();
  readonly changed = {
    journals: new Set<JournalId>(),
    outcomes: [] as { readonly journalId: JournalId; readonly askId: string; readonly outcome: AskOutcome }[],
    leases: new Set<LeaseId>(),
    rows: new Set<string>(),
    heldLeases: new Set<string>(),
    sliceOutcomes: [] as NonNullable<LedgerChange['sliceOutcomes']>[number][],
    /** By `keyOfAsk`: come to lines or gone from them; those that are gone with what they waited for. */
    waiters: new Map<string, Waiter>(),
    restored: false,
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

  sliceOutcomeOf(journalId: JournalId, askId: string): SliceOutcome | undefined {
    return this.sliceOutcomes.get(keyOfAsk(journalId, askId));
  }

  heldLease(journalId: JournalId, number: bigint): HeldLease | undefined {
    return this.heldLeases.get(keyOfLease(journalId, number));
  }

  recordedOf(journalId: JournalId, number: bigint): Amounts | undefined {
    return this.recorded.get(keyOfLease(journalId, number));
  }

  heldLeasesOf(journalId: JournalId): readonly HeldLease[] {
    return [...this.heldLeases.values()].filter(
      (lease) => lease.journalId === journalId && lease.status !== 'closed',
    );
  }

  waiter(journalId: JournalId, askId: string): Waiter | undefined {
    return this.waiters.get(keyOfAsk(journalId, askId));
  }

  waitersOf(journalId: JournalId): readonly Waiter[] {
    return [...this.waiters.values()].filter(({ ask }) => ask.journalId === journalId);
  }

  lastCame(): bigint {
    return this.cameAtMost;
  }

  lineOf(limitId: LimitId): readonly Waiter[] {
    return this.lines.get(limitId) ?? [];
  }

  openSince(row: string, turn: bigint): bigint {
    let open = 0n;
    for (const [journalId, numbers] of this.holders.get(row) ?? []) {
      for (const number of numbers) {
        const lease = this.heldLease(journalId, number);
        if (lease && lease.turn > turn) open += sharesOf(lease).open;
      }
    }
    return open;
  }

  holdersOf(row: string): number {
    return [...(this.holders.get(row)?.values() ?? [])].filter((leases) => leases.size > 0).length;
  }

  revisionOf(scope: Scope): bigint | undefined {
    return this.scope(scope)?.revision ?? this.revisions.get(keyOfScope(scope));
  }

  restored(): boolean {
    return this.isRestored;
  }

  recoveredAt(): Date | undefined {
    return this.wasRecoveredAt;
  }

  scope(scope: Scope): ScopeInForce | undefined {
    return this.scopes.get(keyOfScope(scope));
  }

  presentRow(limitId: LimitId, now: Date): LedgerRow | undefined {
    return presentRow(this.periods.get(limitId) ?? [], now);
  }

  rowOf(limitId: LimitId, periodStart: Date): LedgerRow {
    const row = this.findRow(limitId, periodStart);
    if (!row) throw new Error(`no ledger row of ${limitId} from ${periodStart.toISOString()}`);
    return row;
  }

  wasReset(limitId: LimitId, requestId: string): boolean {
    return [...this.rows.values()].some((row) => row.limitId === limitId && row.resetBy === requestId);
  }

  findRow(limitId: LimitId, periodStart: Date): LedgerRow | undefined {
    return this.rows.get(keyOfRow(limitId, periodStart));
  }

  /** Puts an ask into its lines, without counting it as a change. */
  enterWaiter(waiter: Waiter): void {
    const key = keyOfAsk(waiter.ask.journalId, waiter.ask.askId);
    const before = this.waiters.get(key);
    if (before) this.leaveLines(before);
    this.waiters.set(key, waiter);
    for (const { limitId } of waiter.places) {
      const line = this.lines.get(limitId) ?? [];
      const behind = line.findIndex((other) => other.came > waiter.came);
      line.splice(behind < 0 ? line.length : behind, 0, waiter);
      this.lines.set(limitId, line);
    }
  }

  /** The numbers of those who come to lines from now on are above this one. */
  startFrom(came: bigint): void {
    if (came > this.cameAtMost) this.cameAtMost = came;
  }

  private leaveLines(waiter: Waiter): void {
    for (const { limitId } of waiter.places) {
      const line = this.lines.get(limitId)?.filter((other) => other !== waiter) ?? [];
      if (line.length > 0) this.lines.set(limitId, line);
      else this.lines.delete(limitId);
    }
  }

  /** Puts a lease on a page, without counting it as a change. */
  enterHeld(lease: HeldLease): void {
    this.heldLeases.set(keyOfLease(lease.journalId, lease.number), lease);
    const open = this.openOf(keyOfRow(lease.limitId, lease.periodStart), lease.journalId);
    if (lease.status === 'open') open.add(lease.number);
    else open.delete(lease.number);
  }

  /** A journal holds open leases of a row, though they may be on none of these pages. */
  holds(row: string, journalId: JournalId): void {
    this.openOf(row, journalId).add(0n);
  }

  private openOf(row: string, journalId: JournalId): Set<bigint> {
    const holders = this.holders.get(row) ?? new Map<JournalId, Set<bigint>>();
    const open = holders.get(journalId) ?? new Set();
    this.holders.set(row, holders.set(journalId, open));
    return open;
  }

  /** Puts a row on a page, without counting it as a change. */
  enter(row: LedgerRow): void {
    this.rows.set(keyOfRow(row.limitId, row.start), row);
    const periods = this.periods.get(row.limitId) ?? [];
    const at = periods.findLastIndex(({ start }) => start <= row.start);
    const known = periods[at]?.start.getTime() === row.start.getTime();
    periods.splice(known ? at : at + 1, known ? 1 : 0, row);
    this.periods.set(row.limitId, periods);
  }

  apply(change: LedgerChange): void {
    const { journals = [], outcomes = [], leases = [], rows = [], events = [] } = change;
    this.applyHeld(change);
    this.applyLines(change);
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

  private applyLines({ waiters = [], left = [] }: LedgerChange): void {
    for (const waiter of waiters) {
      this.enterWaiter(waiter);
      this.startFrom(waiter.came);
      this.changed.waiters.set(keyOfAsk(waiter.ask.journalId, waiter.ask.askId), waiter);
    }
    for (const { journalId, askId } of left) {
      const key = keyOfAsk(journalId, askId);
      const gone = this.waiters.get(key);
      if (!gone) continue;
      this.leaveLines(gone);
      this.waiters.delete(key);
      this.changed.waiters.set(key, gone);
    }
  }

  private applyHeld({ heldLeases = [], sliceOutcomes = [], restored }: LedgerChange): void {
    for (const lease of heldLeases) {
      this.enterHeld(lease);
      this.changed.heldLeases.add(keyOfLease(lease.journalId, lease.number));
    }
    for (const answered of sliceOutcomes) {
      this.sliceOutcomes.set(keyOfAsk(answered.journalId, answered.askId), answered.outcome);
      this.changed.sliceOutcomes.push(answered);
    }
    if (restored) {
      this.isRestored = true;
      this.changed.restored = true;
    }
  }
}

export const keyOfAsk = (journalId: JournalId, askId: string): string => `${journalId} ${askId}`;
