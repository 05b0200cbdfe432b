import type { JournalId } from '@gatehouse/kernel';
import type { BeginJournal } from '../domain/journal/begin-journal';

/** How a journal begins that has heard of no lease yet. */
export const emptyJournal = (journalId: JournalId, incarnation = 1n): BeginJournal => ({
  ...{ type: 'BeginJournal', journalId, incarnation },
  ...{ lastLease: 0n, acknowledged: [], recoveredAt: undefined },
});
