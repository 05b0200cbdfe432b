import { AppError, type JournalId } from '@gatehouse/kernel';
import { isAmong, type LeaseRange, maxOf } from '@gatehouse/leases';
import { NEW_JOURNAL } from '../lease/lease';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import type { HeldLease } from './held-lease';

/** A new start of a journal's process: what older ones still ask or report is not heard any more. */
export interface BeginJournal {
  readonly type: 'BeginJournal';
  readonly journalId: JournalId;
  /** At least 1. */
  readonly incarnation: bigint;
  /** The highest number of a lease that the journal has heard of; 0 before the first. */
  readonly lastLease: bigint;
  /** Leases of which the journal has heard that their finals are charged, since the ledger was recovered at that time. */
  readonly acknowledged: readonly LeaseRange[];
  readonly recoveredAt: Date | undefined;
}

export interface Begun {
  /**
   * Open or quarantined, in order of their numbers; none of a ledger that was restored, until it is recovered: what the journal has
   * forgotten of them, records tell first.
   */
  readonly leases: readonly HeldLease[];
  readonly lastLease: bigint;
  /** It was restored, and is not recovered. */
  readonly restored: boolean;
}

/**
 * Asks of older ones leave the lines. The same incarnation may begin again. A number that the ledger never gave proves that it was
 * restored from a backup, perhaps to before the journal's first start; and so does a lease that it holds open and has closed since it was
 * recovered last: when it was, it took what records say of all that are open. Refusal: REFUSED `JOURNAL_FENCED` once a later one has begun.
 */
export const beginJournal = (
  { journalId, incarnation, lastLease: heardOf, acknowledged, recoveredAt }: BeginJournal,
  view: LedgerView,
): Decided<Begun> => {
  const journal = view.journal(journalId);
  if (journal && journal.incarnation > incarnation) throw new AppError('REFUSED', 'JOURNAL_FENCED');
  const { lastLease: given } = journal ?? NEW_JOURNAL;
  const held = view.heldLeasesOf(journalId);
  const wasRestored =
    heardOf > given ||
    (isOfNow(recoveredAt, view) && held.some(({ number }) => isAmong(acknowledged, number)));
  const lastLease = maxOf(given, heardOf);
  const restored = wasRestored || view.restored();
  const leases = restored ? [] : held;
  const left = view.waitersOf(journalId).filter(({ ask }) => ask.incarnation < incarnation);
  return {
    answer: { leases: [...leases].sort((a, b) => (a.number < b.number ? -1 : 1)), lastLease, restored },
    change: {
      journals: [{ ...NEW_JOURNAL, ...journal, id: journalId, incarnation, lastLease }],
      left: left.map(({ ask: { askId } }) => ({ journalId, askId })),
      ...(wasRestored && !view.restored() && { restored: true }),
    },
  };
};

/** What was heard of a ledger that was not recovered since. */
const isOfNow = (recoveredAt: Date | undefined, view: LedgerView): boolean =>
  (recoveredAt?.getTime() ?? 0) >= (view.recoveredAt()?.getTime() ?? 0);
