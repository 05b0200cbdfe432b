import { AppError, type JournalId } from '@gatehouse/kernel';
import { isAmong, type LeaseRange, maxOf } from '@gatehouse/leases';
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
  /** Leases of which the journal has heard that their finals are charged. */
  readonly acknowledged: readonly LeaseRange[];
}

export interface Begun {
  /**
   * Open or quarantined, in order of their numbers; none of a ledger that was restored, until it is recovered: what the journal has
   * forgotten of them, records tell first.
   */
  readonly leases: readonly HeldLease[];
  readonly lastLease: bigint;
}

/**
 * Asks of older ones leave the lines. The same incarnation may begin again. A number that the ledger never gave proves that it was
 * restored from a backup, perhaps to before the journal's first start; and so does a lease that it holds open and has closed, but for
 * those of which it has taken what records say, when it was recovered. Refusal: REFUSED `JOURNAL_FENCED` once a later one has begun.
 */
export const beginJournal = (
  { journalId, incarnation, lastLease: heardOf, acknowledged }: BeginJournal,
  view: LedgerView,
): Decided<Begun> => {
  const journal = view.journal(journalId);
  if (journal && journal.incarnation > incarnation) throw new AppError('REFUSED', 'JOURNAL_FENCED');
  const { lastLease: given = 0n, acknowledgedBelow = 1n, recoveredThrough = 0n } = journal ?? {};
  const held = view.heldLeasesOf(journalId);
  const wasRestored =
    heardOf > given || held.some(({ number }) => number > recoveredThrough && isAmong(acknowledged, number));
  const lastLease = maxOf(given, heardOf);
  const leases = wasRestored || view.restored() ? [] : held;
  const left = view.waitersOf(journalId).filter(({ ask }) => ask.incarnation < incarnation);
  return {
    answer: { leases: [...leases].sort((a, b) => (a.number < b.number ? -1 : 1)), lastLease },
    change: {
      journals: [{ id: journalId, incarnation, lastLease, acknowledgedBelow, recoveredThrough }],
      left: left.map(({ ask: { askId } }) => ({ journalId, askId })),
      ...(wasRestored && !view.restored() && { restored: true }),
    },
  };
};
