import type { BusConsumer } from '@gatehouse/bus';
import type { EventStore } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import { advisoryKey, openSession, pause, SILENT, type Log, type Session } from '@gatehouse/postgres';
import { escapeIdentifier, type Pool } from 'pg';
import { forget, readCheckpoint, readerId, readerKey, tablesOf, type Reader } from './bookkeeping';
import type { Projection, Tx } from './projection';
import { hasTables } from './projection-tables';
import { Projector } from './projector';
import { standingOf } from './shape';

const LOOK_MS = 20;
/** How often one that may not build looks whether it is built. */
const RENEW_LOOK_MS = 200;
/** The live one is held for about as long as the last round of catching up took. */
const SHORT_MS = 200;
const ROUNDS_MAX = 10;

export interface RebuildOptions {
  readonly projection: Projection;
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is. */
  readonly schema: string;
  readonly store?: EventStore;
  readonly consumer?: BusConsumer;
  readonly log?: Log;
  /** Gives up, and leaves the live one as it is. */
  readonly signal?: AbortSignal;
}

/**
 * Builds the projection anew from the first event in a schema beside the live one, which goes on serving; when it has
 * caught up, the live one is held for the moment that it takes to swap the schemas' names, together with what is
 * remembered of them. The new one begins without dead letters but its own. What a crash leaves, the next rebuild drops.
 *
 * Errors: CONFLICT `REBUILD_RUNNING`; CONFLICT `REBUILD_ABANDONED` when the signal is aborted.
 */
export const rebuildProjection = (options: RebuildOptions): Promise<{ readonly events: number }> =>
  exclusively(options, (session, live) => build(options, session, live));

/**
 * To be called before a projection starts: builds it anew beside the one that stands in the database where that was made
 * by another version of the program or with another DDL, or it is not known with which; processes of the old version
 * serve it and keep it up to date until the swap. Of several new ones one builds, and the others wait for it. Tables of a
 * newer version are let alone, lest two versions take turns: to go back, `rebuildProjection` is asked for.
 */
export const renewProjection = async (options: RebuildOptions): Promise<void> => {
  const { pool, projection, schema, log = SILENT, signal = new AbortController().signal } = options;
  const live: Reader = { schema, name: projection.name };
  const told = { projection: projection.name, version: projection.version };
  while (!signal.aborted) {
    const standing = await standingOf(pool, projection, live);
    if (standing === 'newer')
      log.error(
        told,
        'a newer version of the program made this projection; it is left alone until a rebuild is asked for',
      );
    if (standing !== 'stale' || !(await hasTables(pool, projection))) return;
    log.info(told, 'the projection is of another shape and is built anew');
    try {
      await exclusively(options, async (session) => {
        // Asked again, since another may have been at it until now.
        if ((await standingOf(session.client, projection, live)) === 'stale')
          await build(options, session, live);
      });
    } catch (error) {
      // Another builds, or the session that held the right to build was lost.
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
      await pause(RENEW_LOOK_MS, signal);
    }
  }
};

const exclusively = async <T>(
  { pool, projection, schema }: RebuildOptions,
  work: (session: Session, live: Reader) => Promise<T>,
): Promise<T> => {
  const session = await openSession(pool);
  try {
    const live: Reader = { schema, name: projection.name };
    const { rows } = await session.client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS mine',
      [advisoryKey(`rebuild ${readerId(live)}`)],
    );
    if (!rows[0]?.mine) throw new AppError('CONFLICT', 'REBUILD_RUNNING');
    return await work(session, live);
  } finally {
    await session.close();
  }
};

const build = async (
  options: RebuildOptions,
  session: Session,
  live: Reader,
): Promise<{ readonly events: number }> => {
  const { projection, log = SILENT } = options;
  const shadow = { ...projection, name: `${projection.name}__rebuild`, schema: rebuildSchema(projection) };
  const shadowReader: Reader = { ...live, name: shadow.name };
  await clear(session.client, projection, shadowReader);
  const projector = new Projector({ ...options, projection: shadow });
  try {
    await projector.start();
    const isThere = async (target: bigint): Promise<boolean> =>
      projection.source.kind === 'store'
        ? projector.position >= target
        : isPastOffsets(session.client, live, shadowReader);
    for (let round = 0, tookMs = Infinity; round < ROUNDS_MAX && tookMs > SHORT_MS; round++) {
      const startedAt = Date.now();
      await caughtUp(options, session, isThere, await targetOf(options, live));
      tookMs = Date.now() - startedAt;
    }
    // The live one is held from here, so the second catching up is short, and its end is the live one's.
    await session.client.query('BEGIN');
    await session.client.query('SELECT pg_advisory_xact_lock($1)', [readerKey(live)]);
    await caughtUp(options, session, isThere, await readCheckpoint(session.client, live));
    await projector.stop();
    await swap(session.client, projection, live, shadowReader);
    await session.client.query('COMMIT');
    log.info({ projection: projection.name, events: projector.applied }, 'the projection was rebuilt');
    return { events: projector.applied };
  } catch (error) {
    await session.client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await projector.stop();
    await clear(session.client, projection, shadowReader).catch(() => undefined);
  }
};

const rebuildSchema = ({ schema }: Projection): string => `${schema}__rebuild`;
const retiredSchema = ({ schema }: Projection): string => `${schema}__retired`;

/** Drops what is beside the live one: after a rebuild the old tables, before it what a crash left. */
const clear = async (tx: Tx, projection: Projection, shadow: Reader): Promise<void> => {
  await tx.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(rebuildSchema(projection))} CASCADE`);
  await tx.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(retiredSchema(projection))} CASCADE`);
  await forget(tx, shadow);
};

/** How far to build before the live one is held: as far as the log goes now, or as the live one has come. */
const targetOf = async ({ projection, store, pool }: RebuildOptions, live: Reader): Promise<bigint> => {
  if (projection.source.kind === 'bus' || store === undefined) return 0n;
  const [head, at] = await Promise.all([store.head(), readCheckpoint(pool, live)]);
  return head > at ? head : at;
};

const caughtUp = async (
  { signal }: RebuildOptions,
  { lost }: Session,
  isThere: (target: bigint) => Promise<boolean>,
  target: bigint,
): Promise<void> => {
  while (!(await isThere(target))) {
    if (signal?.aborted || lost.aborted) throw new AppError('CONFLICT', 'REBUILD_ABANDONED');
    await pause(LOOK_MS, lost);
  }
};

/** True when the one has read each partition at least as far as the other. */
const isPastOffsets = async (tx: Tx, { schema, name }: Reader, shadow: Reader): Promise<boolean> => {
  const { offset } = tablesOf(schema);
  const { rowCount } = await tx.query(
    `SELECT FROM ${offset} l LEFT JOIN ${offset} s
       ON s.name = $2 AND s.topic = l.topic AND s.partition = l.partition
     WHERE l.name = $1 AND coalesce(s.next, 0) < l.next`,
    [name, shadow.name],
  );
  return rowCount === 0;
};

const swap = async (tx: Tx, projection: Projection, live: Reader, shadow: Reader): Promise<void> => {
  const schema = escapeIdentifier(projection.schema);
  const { rows } = await tx.query<{ there: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS there', [
    schema,
  ]);
  if (rows[0]?.there) {
    await tx.query(`ALTER SCHEMA ${schema} RENAME TO ${escapeIdentifier(retiredSchema(projection))}`);
  }
  await tx.query(`ALTER SCHEMA ${escapeIdentifier(rebuildSchema(projection))} RENAME TO ${schema}`);
  await forget(tx, live);
  for (const table of Object.values(tablesOf(live.schema))) {
    await tx.query(`UPDATE ${table} SET name = $1 WHERE name = $2`, [live.name, shadow.name]);
  }
};
