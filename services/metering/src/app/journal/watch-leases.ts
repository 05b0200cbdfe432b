import type { JournalId } from '@gatehouse/kernel';
import { assertSpeaks } from '../../domain/lease/ask-lease';
import { keyOfScope } from '../../domain/limit/limit-in-force';
import type { JournalNews } from './journal.ports';
import type { LeaseNotice, NoticeBoard, NoticeReader } from './notice-board';

export interface WatchLeases {
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly signal: AbortSignal;
}

/** What was granted under older limits is to admit nothing more within a second. */
const LOOK_EVERY_MS = 400;

/**
 * Tells a journal what it did not ask for, for as long as it listens: changes of scopes, each once, and what is on the board.
 * Whoever missed something hears of it in the answer to its next report, and by repeating its asks. Refusals: REFUSED
 * `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`, also once a later incarnation begins.
 */
export async function* watchLeases(
  news: JournalNews,
  board: NoticeBoard,
  watch: WatchLeases,
): AsyncGenerator<LeaseNotice> {
  const reader = board.read(watch.journalId);
  try {
    yield* readAll(news, reader, watch);
  } finally {
    reader.close();
  }
}

async function* readAll(
  news: JournalNews,
  reader: NoticeReader,
  { journalId, incarnation, signal }: WatchLeases,
): AsyncGenerator<LeaseNotice> {
  const told = new Map<string, bigint>();
  while (!signal.aborted) {
    assertSpeaks(await news.journal(journalId), incarnation);
    const changed = (await news.changedScopes(journalId)).filter(
      ({ scope, revision }) => (told.get(keyOfScope(scope)) ?? -1n) < revision,
    );
    for (const { scope, revision } of changed) told.set(keyOfScope(scope), revision);
    if (changed.length > 0) yield { kind: 'scopesChanged', scopes: changed };
    const lookAgain = performance.now() + LOOK_EVERY_MS;
    for (let left = LOOK_EVERY_MS; left > 0 && !signal.aborted; left = lookAgain - performance.now()) {
      yield* reader.take();
      await reader.arrival(left, signal);
    }
  }
}
