import type { Clock, JournalId, LimitId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { WaitingLines } from '../../app/journal/journal.ports';
import type { SliceOutcome } from '../../domain/journal/slices';
import { asksToServe, wantedOf } from '../../domain/journal/asks-to-serve';
import type { WantedLimits } from '../../domain/journal/waiting-line';
import { LedgerBook } from '../../domain/ledger/ledger-book';
import { keyOfScope } from '../../domain/limit/limit-in-force';
import {
  fromRowHeldLease,
  fromRowSliceOutcome,
  type HeldLeaseDbRow,
  type RowSliceOutcome,
} from './held-lease.rows';
import { READ_SCOPES, rowsSince } from './ledger-pages';
import { fromRowLedger, fromRowsScopes, type LedgerDbRow, type ScopeDbRow } from './ledger.rows';
import { fromRowsWaiters, type WaiterDbRow } from './waiting-line.rows';

/** Who stands in the lines, and in the other lines that these stand in, with all of their places. */
const LINES = `
  SELECT w.* FROM metering.ask_in_line w JOIN (
    SELECT DISTINCT journal_id, ask_id FROM metering.ask_in_line WHERE limit_id IN (
      SELECT o.limit_id FROM metering.ask_in_line o JOIN metering.ask_in_line i USING (journal_id, ask_id)
      WHERE i.limit_id = ANY ($1))
  ) AS keys USING (journal_id, ask_id)
  ORDER BY w.came`;

const PRESENT_ROWS = `SELECT present.* FROM unnest($1::text[]) AS wanted (limit_id)
         CROSS JOIN LATERAL (${rowsSince('wanted.limit_id', '$2')}) AS present`;

/** Open leases that were granted since the first in their limit's line came. */
const BESIDE = `
  SELECT l.* FROM metering.held_lease l JOIN (
    SELECT limit_id, min(turn) AS turn FROM metering.ask_in_line WHERE limit_id = ANY ($1) GROUP BY limit_id
  ) AS head USING (limit_id)
  WHERE l.status = 'open' AND l.turn > head.turn`;

const WAITED_FOR = 'SELECT limit_id, max(turn) AS turn FROM metering.ask_in_line GROUP BY limit_id';

const ANSWERED = `SELECT journal_id, ask_id, outcome FROM metering.slice_ask
         WHERE waited AND journal_id = ANY ($1) AND asked_at > $2 ORDER BY asked_at`;

/** Longer than a transaction takes from its time to its commit; whoever listened before that repeats its asks. */
const ANSWERS_OF_MS = 5_000;

/** Looks without locks: what is decided on it is decided anew under them. */
export class PostgresWaitingLines extends WaitingLines {
  /** Told within the time that is looked back. */
  private told = new Set<string>();

  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
  ) {
    super();
  }

  async waitedFor(): Promise<WantedLimits> {
    const { rows } = await this.pool.query<{ limit_id: LimitId; turn: bigint }>(WAITED_FOR, []);
    return new Map(rows.map(({ limit_id, turn }) => [limit_id, turn]));
  }

  async toServe(limitIds: readonly LimitId[]): ReturnType<WaitingLines['toServe']> {
    const { rows } = await this.pool.query<WaiterDbRow>(LINES, [limitIds]);
    const waiters = fromRowsWaiters(rows);
    const waitedFor = new Set(rows.map(({ limit_id }) => limit_id));
    if (waiters.length === 0) return { asks: [], wanted: new Map() };
    const book = new LedgerBook();
    for (const waiter of waiters) book.enterWaiter(waiter);
    const scopeIds = waiters.flatMap(({ ask }) => ask.scopes.map(({ scope }) => scope.id));
    const now = this.clock.now();
    const [scopes, present, beside] = await Promise.all([
      this.pool.query<ScopeDbRow>(READ_SCOPES.text, [[...new Set(scopeIds)]]),
      this.pool.query<LedgerDbRow>(PRESENT_ROWS, [[...waitedFor], now.toISOString()]),
      this.pool.query<HeldLeaseDbRow>(BESIDE, [[...waitedFor]]),
    ]);
    for (const scope of fromRowsScopes(scopes.rows)) book.scopes.set(keyOfScope(scope.scope), scope);
    for (const row of present.rows) book.enter(fromRowLedger(row));
    for (const row of beside.rows) book.enterHeld(fromRowHeldLease(row));
    return { asks: asksToServe(limitIds, book, now), wanted: wantedOf(limitIds, book, now) };
  }

  async newlyAnswered(journals: readonly JournalId[]): ReturnType<WaitingLines['newlyAnswered']> {
    if (journals.length === 0) return [];
    const since = new Date(this.clock.now().getTime() - ANSWERS_OF_MS);
    const { rows } = await this.pool.query<AnsweredDbRow>(ANSWERED, [journals, since]);
    const before = this.told;
    this.told = new Set(rows.map(keyOf));
    return rows
      .filter((row) => !before.has(keyOf(row)))
      .map(({ journal_id, ask_id, outcome }): Answered => ({
        journalId: journal_id,
        askId: ask_id,
        answer: fromRowSliceOutcome(outcome),
      }));
  }
}

interface AnsweredDbRow {
  journal_id: JournalId;
  ask_id: string;
  outcome: RowSliceOutcome;
}

interface Answered {
  readonly journalId: JournalId;
  readonly askId: string;
  readonly answer: SliceOutcome;
}

const keyOf = ({ journal_id, ask_id }: AnsweredDbRow): string => `${journal_id} ${ask_id}`;
