import { deriveEventId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import { assessRow } from '../ledger/assess-row';
import type { LedgerRow } from '../ledger/ledger-row';
import type { PendingEvent } from '../lease/lease.events';
import type { UsageRecord } from '../usage/usage-record';
import {
  type ChargedRow,
  costing,
  limitMoved,
  type LimitMoved,
  type MovedCounts,
  rowCorrection,
  type RowCorrection,
  type RowMoved,
} from './adjust-usage';
import type { Rated } from './rate-record';
import type { Rerating } from './rerating';
import { addedTally, NO_TALLY, type RerateTally } from './rerate-tally';

/** An attempt that is rated anew. */
export interface RatedAttempt {
  readonly record: UsageRecord;
  /** What it cost by the last correction; undefined where there was none. */
  readonly corrected: bigint | undefined;
  readonly rated: Rated;
  /** Keys of the rows that it is charged to; `unsettled` while a lease that it was admitted under is not closed. */
  readonly charged: readonly string[] | 'unsettled';
}

/** Rows of limits in USD, by their keys. */
export type ChargedRows = ReadonlyMap<string, ChargedRow>;

export interface RatedCost {
  readonly record: UsageRecord;
  readonly before: bigint | undefined;
  readonly amount: bigint;
  readonly counted: MovedCounts;
}

export interface RerateDecided {
  /** Of these attempts alone. */
  readonly tally: RerateTally;
  readonly corrections: readonly RatedCost[];
  /** All that were given, as they are now. */
  readonly rows: ChargedRows;
  /** Those of them that moved. */
  readonly movedRows: readonly LedgerRow[];
  /** By how much each moved by all of the attempts together. */
  readonly limits: readonly LimitMoved[];
  readonly rowCorrections: readonly RowCorrection[];
  readonly lowered: bigint;
  readonly events: readonly PendingEvent[];
}

/** What a batch of a rerating is decided by. */
export type RerateBatch = Pick<Rerating, 'id' | 'terms' | 'asked' | 'approval' | 'lowered' | 'batches'>;

/**
 * Moves what limits have spent, and counters, from what attempts were charged to what they cost at other prices, each as an adjustment
 * would. What would lower what a limit has spent is left as it is where somebody else's approval is wanted, or has been used up.
 */
export const rerateUsage = (
  batch: RerateBatch,
  attempts: readonly RatedAttempt[],
  given: ChargedRows,
): RerateDecided => {
  const rows = new Map(given);
  const corrections: RatedCost[] = [];
  let [tally, lowered] = [NO_TALLY, 0n];
  for (const { record, corrected, rated, charged } of attempts) {
    if (rated.kind !== 'changed') {
      tally = addedTally(tally, { [rated.kind]: 1n });
      continue;
    }
    if (charged === 'unsettled') {
      tally = addedTally(tally, { unsettled: 1n });
      continue;
    }
    const { amount } = rated;
    const known = charged.flatMap((key) => rows.get(key) ?? []);
    const { before, moved, counted } = costing(amount, { record, corrected, rows: known });
    const lowers = moved.reduce((most, { row, after }) => maxOf(most, row.closed - after.closed), 0n);
    if (lowers > 0n && !mayLower(batch, lowered + lowers)) {
      tally = addedTally(tally, { unapproved: 1n });
      continue;
    }
    lowered += lowers;
    charged.forEach((key) => {
      const row = rows.get(key);
      const move = row && moved.find((one) => one.row === row.row);
      if (row && move) rows.set(key, moving(row, move));
    });
    corrections.push({ record, before, amount, counted });
    const unknownBefore = before === undefined ? 1n : 0n;
    tally = addedTally(tally, { changed: 1n, before: before ?? 0n, after: amount, unknownBefore });
  }
  return { tally, corrections, rows, lowered, ...movedBy(batch, tally, given, rows) };
};

const moving = (known: ChargedRow, { after, waived }: RowMoved): ChargedRow => ({
  ...known,
  row: after,
  waived: { ...known.waived, amount: known.waived.amount + waived },
});

const mayLower = ({ approval, lowered }: RerateBatch, more: bigint): boolean => {
  switch (approval.kind) {
    case 'needless':
      return true;
    case 'wanted':
      return false;
    case 'given':
      return lowered + more <= approval.lowersMax;
  }
};

/** Each row is assessed once, and what it moved by is told in one event. */
const movedBy = (
  { id, terms, asked, batches }: RerateBatch,
  tally: RerateTally,
  given: ChargedRows,
  rows: Map<string, ChargedRow>,
): Pick<RerateDecided, 'movedRows' | 'limits' | 'rowCorrections' | 'events'> => {
  const moved = [...given].flatMap(([key, { row, waived }]) => {
    const after = rows.get(key);
    if (!after || after.row === row) return [];
    return [{ row, after: after.row, waived: after.waived.amount - waived.amount }];
  });
  const assessed = moved.map(({ after }) => assessRow(after));
  const limits = moved.map(limitMoved);
  const told: PendingEvent = {
    id: deriveEventId('UsageRerated', id, String(batches + 1)),
    organizationId: terms.organizationId,
    asked,
    event: { type: 'UsageRerated', reratingId: id, batch: batches + 1, tally, limits },
  };
  return {
    movedRows: assessed.map(({ row }) => row),
    limits,
    rowCorrections: moved.map(rowCorrection),
    events: tally.changed > 0n ? [told, ...assessed.flatMap(({ events }) => events)] : [],
  };
};
