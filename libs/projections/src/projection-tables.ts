import type { RecordedEvent } from '@gatehouse/event-store';
import { inTransaction } from '@gatehouse/postgres';
import { escapeIdentifier, type Pool } from 'pg';
import { ensureCheckpoint, forget, lock, type Reader } from './bookkeeping';
import type { Projection, Tx } from './projection';
import { shapeOf, writeShape } from './shape';

/** Makes the projection's schema and tables where there are none, and then begins from the first event. Else nothing. */
export const ensureProjection = (pool: Pool, projection: Projection, reader: Reader): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await lock(tx, `ensure ${projection.schema}`);
    if (!(await hasTables(tx, projection))) {
      const { rowCount } = await tx.query('SELECT FROM pg_namespace WHERE nspname = $1', [projection.schema]);
      // Asked first: IF NOT EXISTS wants the right to create even where there is nothing to create.
      if (rowCount === 0) await tx.query(`CREATE SCHEMA ${escapeIdentifier(projection.schema)}`);
      await within(tx, projection.schema, () => tx.query(projection.ddl));
      await forget(tx, reader);
      await writeShape(tx, reader, shapeOf(projection));
    }
    await ensureCheckpoint(tx, reader);
  });

export const hasTables = async (tx: Tx, { schema }: Projection): Promise<boolean> => {
  const { rowCount } = await tx.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 LIMIT 1`,
    [schema],
  );
  return rowCount === 1;
};

/** Applies events in order, their SQL finding the projection's tables and no others. */
export const applyEvents = (
  tx: Tx,
  projection: Projection,
  events: readonly RecordedEvent[],
): Promise<void> =>
  within(tx, projection.schema, async () => {
    if (projection.applyAll) return projection.applyAll(tx, events);
    for (const event of events) await projection.apply(tx, event);
  });

const within = async (tx: Tx, schema: string, run: () => Promise<unknown>): Promise<void> => {
  const { rows } = await tx.query<{ before: string }>(
    `SELECT current_setting('search_path') AS before, set_config('search_path', $1, true)`,
    [escapeIdentifier(schema)],
  );
  await run();
  await tx.query(`SELECT set_config('search_path', $1, true)`, [rows[0]?.before ?? '']);
};
