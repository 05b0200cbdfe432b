import { AppError, type JournalId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
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
 * restored from a backup, perhaps to before the journal's first start. Refusal: REFUSED `JOURNAL_FENCED` once a later one has begun.
 */
export const beginJournal = (
  { journalId, incarnation, lastLease: heardOf }: BeginJournal,
  view: LedgerView,
): Decided<Begun> => {
  const journal = view.journal(journalId);
  if (journal && journal.incarnation > incarnation) throw new AppError('REFUSED', 'JOURNAL_FENCED');
  const { lastLease: given = 0n, acknowledgedBelow = 1n } = journal ?? {};
  const unheardOf = heardOf > given;
  const lastLease = maxOf(given, heardOf);
  const leases = unheardOf || view.restored() ? [] : view.heldLeasesOf(journalId);
  const left = view.waitersOf(journalId).filter(({ ask }) => ask.incarnation < incarnation);
  return {
    answer: { leases: [...leases].sort((a, b) => (a.number < b.number ? -1 : 1)), lastLease },
    change: {
      journals: [{ id: journalId, incarnation, lastLease, acknowledgedBelow }],
      left: left.map(({ ask: { askId } }) => ({ journalId, askId })),
      ...(unheardOf && !view.restored() && { restored: true }),
    },
  };
};
