import type { JournalId } from '@gatehouse/kernel';
import { assertSpeaks } from '../lease/ask-lease';
import type { Decided, LedgerView } from '../ledger/ledger-view';

/** Nobody waits for these asks any more. */
export interface WithdrawAsks {
  readonly type: 'WithdrawAsks';
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly askIds: readonly string[];
}

/**
 * They leave every line, denied, so that their repetition is granted nothing. What one of them was granted before stays granted.
 * Refusals: REFUSED `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`.
 */
export const withdrawAsks = (
  { journalId, incarnation, askIds }: WithdrawAsks,
  view: LedgerView,
): Decided<void> => {
  assertSpeaks(view.journal(journalId), incarnation);
  const standing = askIds.flatMap((askId) => view.waiter(journalId, askId) ?? []);
  return {
    answer: undefined,
    change: {
      left: standing.map(({ ask: { askId } }) => ({ journalId, askId })),
      sliceOutcomes: standing.map(({ ask: { askId }, denial }) => ({ journalId, askId, outcome: denial })),
    },
  };
};
