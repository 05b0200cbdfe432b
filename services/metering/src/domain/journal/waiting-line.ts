import type { LimitId } from '@gatehouse/kernel';
import { maxOf, minOf } from '@gatehouse/leases';
import { freeOf, keyOfRow, type LedgerRow, reachableOf } from '../ledger/ledger-row';
import type { LedgerView } from '../ledger/ledger-view';
import { type Asking, placeIn, type Waiter } from './waiter';

const cameBefore = (asking: Waiter | undefined, head: Waiter): boolean =>
  asking !== undefined && asking.came <= head.came;

/** Clocks of several processes differ by less. */
const CLOCKS_DIFFER_MS = 60_000;

/** Its wait is not over, nor was it told by a clock that was ahead: nobody waits for so long. */
export const isWaiting = ({ until, ask }: Waiter, now: Date): boolean => {
  const leftMs = until.getTime() - now.getTime();
  return leftMs > 0 && leftMs <= ask.waitMs + CLOCKS_DIFFER_MS;
};

/** A line is looked at more often, as long as somebody does. */
const LOOKED_AT_MS = 5_000;

/** It has left long ago, unseen: as in a ledger that was restored, or where nobody looked at its line for a while. */
export const hasLeft = ({ until }: Waiter, now: Date): boolean =>
  now.getTime() - until.getTime() > LOOKED_AT_MS;

/** Those in a limit's line whose wait is not over, in order. */
export const lineOf = (view: LedgerView, limitId: LimitId, now: Date): readonly Waiter[] =>
  view.lineOf(limitId).filter((waiter) => isWaiting(waiter, now));

/**
 * Whether an ask that can wait may take what it needs of a row. Beside the head of the line others are granted while what was
 * granted since the head came, and is not settled yet, leaves room for it: what was in flight before then drains, and the head
 * fits in the end; and who needs little is not held up for its sake. Whoever came to any line before the head is held up for its
 * sake in none, or two who each came first to a line of the other would wait for each other.
 */
export const mayTake = (
  row: LedgerRow,
  least: bigint,
  view: LedgerView,
  asking: Asking,
  now: Date,
): boolean => {
  if (freeOf(row) < least) return false;
  const [head] = lineOf(view, row.limitId, now);
  const place = head && placeIn(head, row.limitId);
  if (least === 0n || !place || cameBefore(view.waiter(asking.journalId, asking.askId), head)) return true;
  const beside = view.openSince(keyOfRow(row.limitId, row.start), place.turn);
  return beside + least <= reachableOf(row) - place.least;
};

/** Limits that somebody waits for, each with a turn: what was granted of it up to then, and lies idle, is called back. */
export type WantedLimits = ReadonlyMap<LimitId, bigint>;

/**
 * Whether somebody in a row's line might fit but for what was granted since: then what lies idle of that goes back too, and nobody
 * is granted more than it needs. As long as nobody would, what others hold since is in nobody's way.
 */
export const isInTheWay = (row: LedgerRow, line: readonly Waiter[], view: LedgerView): boolean => {
  const places = line.flatMap((waiter) => placeIn(waiter, row.limitId) ?? []);
  const [first] = places;
  if (!first) return false;
  const since = places.reduce((turn, place) => minOf(turn, place.turn), first.turn);
  const least = places.reduce((lowest, place) => minOf(lowest, place.least), first.least);
  return freeOf(row) + view.openSince(keyOfRow(row.limitId, row.start), since) >= least;
};

/** Up to which turn leases are called back, for the sake of those in a line. What they were denied for was granted before they came. */
export const wantedTurn = (
  limitId: LimitId,
  row: LedgerRow | undefined,
  view: LedgerView,
  now: Date,
): bigint => {
  const line = view.lineOf(limitId);
  if (row && isInTheWay(row, lineOf(view, limitId, now), view)) return row.turn;
  return line.reduce((turn, waiter) => maxOf(turn, placeIn(waiter, limitId)?.turn ?? 0n), 0n);
};

/** What an ask may be granted beyond its need beside others who wait: nothing of what the first of them needs. */
export const spareBeside = (row: LedgerRow, others: readonly Waiter[], view: LedgerView): bigint => {
  const [head] = others;
  const place = head && placeIn(head, row.limitId);
  if (!place) return freeOf(row);
  if (isInTheWay(row, others, view)) return 0n;
  const beside = view.openSince(keyOfRow(row.limitId, row.start), place.turn);
  return minOf(freeOf(row), reachableOf(row) - beside - place.least);
};
