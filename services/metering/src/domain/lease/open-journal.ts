import { AppError, type JournalId } from '@gatehouse/kernel';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import { type Lease, NEW_JOURNAL } from './lease';

/** A journal begins a new incarnation: whatever an older one still says is no ask any more. */
export interface OpenJournal {
  readonly type: 'OpenJournal';
  readonly journalId: JournalId;
  /** At least 1. */
  readonly incarnation: bigint;
}

/**
 * Answers the leases that the journal has to close. The same incarnation may open again (its first answer was lost).
 * Refusal: REFUSED `JOURNAL_FENCED` once a later incarnation was opened.
 */
export const openJournal = (
  { journalId, incarnation }: OpenJournal,
  view: LedgerView,
): Decided<readonly Lease[]> => {
  const journal = view.journal(journalId);
  if (journal && journal.incarnation > incarnation) throw new AppError('REFUSED', 'JOURNAL_FENCED');
  return {
    answer: view.leasesOf(journalId),
    change: { journals: [{ ...NEW_JOURNAL, ...journal, id: journalId, incarnation }] },
  };
};
