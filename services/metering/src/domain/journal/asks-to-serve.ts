import type { LimitId } from '@gatehouse/kernel';
import { freeOf, type LedgerRow, reachableOf, rowInForce } from '../ledger/ledger-row';
import type { LedgerView } from '../ledger/ledger-view';
import type { AskSlices } from './ask-slices';
import type { Waiter } from './waiting-line';

/**
 * Which of those in the lines of some limits are to be decided anew, in order: those who may fit by what is free, each
 * reckoning with those before it; those who never will; and those whose wait is over.
 */
export const asksToServe = (
  limitIds: readonly LimitId[],
  view: LedgerView,
  now: Date,
): readonly AskSlices[] => {
  const rows = new Map<LimitId, Standing>();
  const waiters = new Set(limitIds.flatMap((limitId) => view.lineOf(limitId)));
  return [...waiters].filter((waiter) => isDue(waiter, rows, view, now)).map(({ ask }) => ask);
};

interface Standing {
  readonly row: LedgerRow;
  free: bigint;
}

const isDue = (
  { ask, until, places }: Waiter,
  rows: Map<LimitId, Standing>,
  view: LedgerView,
  now: Date,
): boolean => {
  if (until <= now) return true;
  const standings = places.map(({ limitId, least }) => ({
    least,
    standing: standingOf(ask, limitId, rows, view, now),
  }));
  const moot = standings.some(({ standing, least }) => !standing || reachableOf(standing.row) < least);
  if (moot) return true;
  if (standings.some(({ standing, least }) => standing && standing.free < least)) return false;
  for (const { standing, least } of standings) if (standing) standing.free -= least;
  return true;
};

/** Undefined of a limit that its scope has no more. */
const standingOf = (
  { scopes }: AskSlices,
  limitId: LimitId,
  rows: Map<LimitId, Standing>,
  view: LedgerView,
  now: Date,
): Standing | undefined => {
  const known = rows.get(limitId);
  if (known) return known;
  const limits = scopes.flatMap(({ scope }) => view.scope(scope)?.limits ?? []);
  const limit = limits.find((each) => each.limit.id === limitId);
  if (!limit) return undefined;
  const row = rowInForce(limit, view.latestRow(limitId), now);
  const standing = { row, free: freeOf(row) };
  rows.set(limitId, standing);
  return standing;
};
