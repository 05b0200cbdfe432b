import type { RecordedEvent } from '@gatehouse/event-store';
import { escapeIdentifier } from 'pg';
import type { Tx } from './projection';

export interface RunOptions {
  /** The type of which many come after each other. */
  readonly type: string;
  /** Makes of a run of them what `apply` makes of each. */
  readonly applyRun: (tx: Tx, run: readonly RecordedEvent[]) => Promise<void>;
  readonly apply: (tx: Tx, event: RecordedEvent) => Promise<void>;
}

/** An `applyAll` that applies what comes in runs together, and all else one by one. */
export const inRuns =
  ({ type, applyRun, apply }: RunOptions) =>
  async (tx: Tx, events: readonly RecordedEvent[]): Promise<void> => {
    for (let next = 0; next < events.length;) {
      const end = events.findIndex((event, index) => index >= next && event.type !== type);
      const run = events.slice(next, end === -1 ? events.length : end);
      if (run.length > 0) await applyRun(tx, run);
      next += run.length;
      const other = events[next++];
      if (other) await apply(tx, other);
    }
  };

/** Inserts rows of a projection's table, each with a JSON value by the name of each of its columns; absent is NULL. */
export const insertRows = async (
  tx: Tx,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> => {
  const name = escapeIdentifier(table);
  const sql = `INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1)`;
  await tx.query(sql, [JSON.stringify(rows, inJson)]);
};

const inJson = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
