import type { JournalId, LimitId, OrganizationId, ScopeKind } from '@gatehouse/kernel';
import type { AskSlices } from '../../domain/journal/slices';
import type { Place, Waiter } from '../../domain/journal/waiter';
import {
  fromRowAmounts,
  fromRowDenial,
  type RowAmounts,
  type RowDenial,
  toRowAmounts,
  toRowDenial,
} from './ask-outcome.row';

/** An ask in the line of one limit: it has as many of these rows as lines. */
export interface WaiterDbRow {
  journal_id: JournalId;
  ask_id: string;
  limit_id: LimitId;
  least: bigint;
  turn: bigint;
  came: bigint;
  waits_until: Date;
  ask: RowAsk;
  denial: RowDenial;
}

/** An ask as JSON: 64-bit integers as decimal strings. */
interface RowAsk {
  readonly incarnation: string;
  readonly organizationId: string;
  /** kind, id, revision */
  readonly scopes: readonly (readonly [ScopeKind, string, string])[];
  readonly want: RowAmounts;
  readonly least: RowAmounts;
  readonly unpriced: boolean;
  /** limit, want */
  readonly wishes: readonly (readonly [string, string])[];
  readonly waitMs: number;
}

export const toRowAsk = (ask: AskSlices): string => {
  const row: RowAsk = {
    incarnation: String(ask.incarnation),
    organizationId: ask.organizationId,
    scopes: ask.scopes.map(({ scope, revision }) => [scope.kind, scope.id, String(revision)] as const),
    want: toRowAmounts(ask.want),
    least: toRowAmounts(ask.least),
    unpriced: ask.unpriced,
    wishes: [...ask.wishes].map(([limitId, want]) => [limitId, String(want)] as const),
    waitMs: ask.waitMs,
  };
  return JSON.stringify(row);
};

export const toRowWaitersDenial = ({ denial }: Waiter): string => JSON.stringify(toRowDenial(denial));

/** Rows of one ask, in any order among those of others. */
export const fromRowsWaiters = (rows: readonly WaiterDbRow[]): readonly Waiter[] => {
  const waiters = new Map<string, Waiter & { places: Place[] }>();
  for (const row of rows) {
    const key = `${row.journal_id} ${row.ask_id}`;
    const waiter = waiters.get(key) ?? fromRowWaiter(row);
    waiters.set(key, waiter);
    waiter.places.push({ limitId: row.limit_id, least: row.least, turn: row.turn });
  }
  return [...waiters.values()];
};

const fromRowWaiter = (row: WaiterDbRow): Waiter & { places: Place[] } => ({
  ask: fromRowAsk(row),
  came: row.came,
  until: row.waits_until,
  denial: fromRowDenial(row.denial),
  places: [],
});

const fromRowAsk = ({ journal_id: journalId, ask_id: askId, ask }: WaiterDbRow): AskSlices => ({
  type: 'AskSlices',
  askId,
  journalId,
  incarnation: BigInt(ask.incarnation),
  organizationId: ask.organizationId as OrganizationId,
  scopes: ask.scopes.map(([kind, id, revision]) => ({ scope: { kind, id }, revision: BigInt(revision) })),
  want: fromRowAmounts(ask.want),
  least: fromRowAmounts(ask.least),
  unpriced: ask.unpriced,
  wishes: new Map(ask.wishes.map(([limitId, want]) => [limitId as LimitId, BigInt(want)])),
  waitMs: ask.waitMs,
});
