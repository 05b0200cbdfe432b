import type { RecordedEvent } from '@gatehouse/event-store';
import { inTransaction } from '@gatehouse/postgres';
import { escapeIdentifier, type Pool } from 'pg';
import { ensureCheckpoint, forget, lock, type Reader } from './bookkeeping';
import type { Projection, Tx } from './projection';

/** Makes the projection's schema and tables where there are none, and then begins from the first event. */
export const ensureProjection = (pool: Pool, projection: Projection, reader: Reader): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await lock(tx, `ensure ${projection.schema}`);
    const { rows } = await tx.query<{ schema_there: boolean; tables_there: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS schema_there,
        EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1) AS tables_there`,
      [projection.schema],
    );
    if (!rows[0]?.tables_there) {
      if (!rows[0]?.schema_there) await tx.query(`CREATE SCHEMA ${escapeIdentifier(projection.schema)}`);
      await within(tx, projection.schema, () => tx.query(projection.ddl));
      await forget(tx, reader);
    }
    await ensureCheckpoint(tx, reader);
  });

/** Applies events in order, their SQL finding the projection's tables and no others. */
export const applyEvents = (
  tx: Tx,
  projection: Projection,
  events: readonly RecordedEvent[],
): Promise<void> =>
  within(tx, projection.schema, async () => {
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
