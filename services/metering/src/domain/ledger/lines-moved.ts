import type { LimitId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { WantedLimits } from '../journal/waiting-line';
import { keyOfAsk, type LedgerBook } from './ledger-book';
import { freeOf, type LedgerRow, reachableOf } from './ledger-row';

/** What decisions have done to lines, as far as anybody else is concerned. */
export interface LinesMoved {
  /** Somebody has come to wait for these limits, and for what was granted of them before. */
  readonly joined: WantedLimits;
  /** More of them is free than before, or less can become free, or somebody has left their line: if one waits there, look. */
  readonly freed: readonly LimitId[];
  /** What could not be had of them in their period at all may be had now. */
  readonly roomier: readonly LimitId[];
}

/** @param before the rows as the decisions found them, by their keys. */
export const linesMoved = (
  { changed, rows, waiters }: LedgerBook,
  before: ReadonlyMap<string, LedgerRow>,
): LinesMoved => {
  const joined = new Map<LimitId, bigint>();
  const freed = new Set<LimitId>();
  const roomier = new Set<LimitId>();
  for (const [, { ask, places }] of changed.waiters) {
    const stands = waiters.has(keyOfAsk(ask.journalId, ask.askId));
    for (const { limitId, turn } of places) {
      if (stands) joined.set(limitId, maxOf(turn, joined.get(limitId) ?? 0n));
      // Who was to be served and waits for another limit now leaves to others what it was to have.
      if (!stands || places.length > 1) freed.add(limitId);
    }
  }
  for (const key of changed.rows) {
    const [was, is] = [before.get(key), rows.get(key)];
    if (is && (!was || freeOf(is) > freeOf(was) || reachableOf(is) < reachableOf(was))) freed.add(is.limitId);
    if (is && was && (reachableOf(is) > reachableOf(was) || is.resetBy !== was.resetBy))
      roomier.add(is.limitId);
  }
  return { joined, freed: [...freed], roomier: [...roomier] };
};
