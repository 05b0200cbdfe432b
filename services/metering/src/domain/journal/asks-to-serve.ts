import type { LimitId } from '@gatehouse/kernel';
import { freeOf, keyOfRow, type LedgerRow, reachableOf, rowInForce } from '../ledger/ledger-row';
import type { LedgerView } from '../ledger/ledger-view';
import type { AskSlices } from './slices';
import { isWaiting, lineOf, type WantedLimits, wantedTurn } from './waiting-line';
import { placeIn, type Waiter } from './waiter';

/**
 * Which of those in the lines of some limits are to be decided anew, in order: those who fit, each reckoning with those before
 * it; those who never will; and those whose wait is over. Behind a head that is to be decided nobody is, until that is done.
 */
export const asksToServe = (
  limitIds: readonly LimitId[],
  view: LedgerView,
  now: Date,
): readonly AskSlices[] => {
  const lines = new Map<LimitId, Line | undefined>();
  const waiters = new Set(limitIds.flatMap((limitId) => view.lineOf(limitId)));
  return [...waiters].filter((waiter) => isDue(waiter, lines, view, now)).map(({ ask }) => ask);
};

/** For which of some limits somebody waits, and what is called back for them. */
export const wantedOf = (limitIds: readonly LimitId[], view: LedgerView, now: Date): WantedLimits =>
  new Map(
    limitIds.flatMap((limitId) => {
      const [first] = view.lineOf(limitId);
      return first ? [[limitId, wantedTurn(limitId, rowOf(first, limitId, view, now), view, now)]] : [];
    }),
  );

interface Line {
  readonly row: LedgerRow;
  readonly head: Waiter | undefined;
  free: bigint;
  /** Of leases that were granted since the head came. */
  beside: bigint;
  /** The head is to be decided anew. */
  moved: boolean;
}

const isDue = (
  waiter: Waiter,
  lines: Map<LimitId, Line | undefined>,
  view: LedgerView,
  now: Date,
): boolean => {
  // A limit that is no more bounds nobody: whoever waits for others beside it goes on, and holds up none behind it.
  const places = waiter.places.flatMap(({ limitId, least }) => {
    const line = lineIn(waiter, limitId, lines, view, now);
    return line ? [{ least, line }] : [];
  });
  if (!isWaiting(waiter, now)) {
    const fits = places.every(({ line, least }) => least <= line.free);
    for (const { line, least } of places) if (fits) reckon(line, waiter, least);
    return true;
  }
  const moot = places.some(({ line, least }) => reachableOf(line.row) < least);
  if (!moot && !places.every(({ line, least }) => fits(line, waiter, least))) return false;
  for (const { line, least } of places) reckon(line, waiter, moot ? 0n : least);
  return true;
};

const fits = ({ row, head, free, beside, moved }: Line, waiter: Waiter, least: bigint): boolean => {
  if (moved || free < least) return false;
  const needed = head && head !== waiter ? placeIn(head, row.limitId)?.least : undefined;
  return needed === undefined || beside + least <= reachableOf(row) - needed;
};

const reckon = (line: Line, waiter: Waiter, taken: bigint): void => {
  line.free -= taken;
  line.beside += taken;
  line.moved ||= line.head === waiter;
};

/** Undefined of a limit that its scope has no more. */
const lineIn = (
  waiter: Waiter,
  limitId: LimitId,
  lines: Map<LimitId, Line | undefined>,
  view: LedgerView,
  now: Date,
): Line | undefined => {
  if (lines.has(limitId)) return lines.get(limitId);
  const row = rowOf(waiter, limitId, view, now);
  const line = row && openLine(row, view, now);
  lines.set(limitId, line);
  return line;
};

const rowOf = (
  { ask: { scopes } }: Waiter,
  limitId: LimitId,
  view: LedgerView,
  now: Date,
): LedgerRow | undefined => {
  const limits = scopes.flatMap(({ scope }) => view.scope(scope)?.limits ?? []);
  const limit = limits.find((each) => each.limit.id === limitId);
  return limit && rowInForce(limit, view.presentRow(limitId, now), now);
};

const openLine = (row: LedgerRow, view: LedgerView, now: Date): Line => {
  const [head] = lineOf(view, row.limitId, now);
  const place = head && placeIn(head, row.limitId);
  const beside = place ? view.openSince(keyOfRow(row.limitId, row.start), place.turn) : 0n;
  return { row, head, free: freeOf(row), beside, moved: false };
};
