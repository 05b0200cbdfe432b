import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalId } from '@gatehouse/kernel';
import { assertSpeaks } from '../../domain/lease/ask-lease';
import type { ScopeAt } from '../../domain/ledger/grounds';
import { keyOfScope } from '../../domain/limit/limit-in-force';
import type { JournalNews } from './journal.ports';

export interface LeaseNotice {
  readonly kind: 'scopesChanged';
  readonly scopes: readonly ScopeAt[];
}

export interface WatchLeases {
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly signal: AbortSignal;
}

/** What was granted under older limits is to admit nothing more within a second. */
const LOOK_EVERY_MS = 400;

/**
 * Tells a journal what it did not ask for, for as long as it listens. Each change once: whoever missed one hears of it
 * in the answer to its next report. Refusals: REFUSED `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`, also once a later incarnation
 * begins.
 */
export async function* watchLeases(
  news: JournalNews,
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
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
