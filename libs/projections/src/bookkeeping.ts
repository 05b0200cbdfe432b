import { advisoryKey, inTransaction } from '@gatehouse/postgres';
import { escapeIdentifier, type Pool } from 'pg';
import type { Tx } from './projection';

/**
 * Creates what projections, relays and inboxes remember, in the service's main schema: idempotent, for boot. It lives
 * outside the projections' own schemas, so that those hold nothing but what the events say.
 */
export const ensureProjectionBookkeeping = (pool: Pool, schema: string): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await lock(tx, `bookkeeping ${schema}`);
    const { rows } = await tx.query<{ there: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS there', [
      escapeIdentifier(schema),
    ]);
    // Asked first: IF NOT EXISTS wants the right to create even where there is nothing to create.
    if (!rows[0]?.there) await tx.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    await tx.query(tablesIn(escapeIdentifier(schema)));
    // Asked first too: adding it waits for everybody who is at the table, and keeps them out meanwhile.
    const { rowCount: hasColumn } = await tx.query(
      `SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'refused' AND NOT attisdropped`,
      [tablesOf(schema).deadLetter],
    );
    if (!hasColumn) await tx.query(`ALTER TABLE ${tablesOf(schema).deadLetter} ${REFUSED}`);
  });

/** True where it was not taken for what it says it is, so that its stream was not moved past it. */
const REFUSED = 'ADD COLUMN refused boolean NOT NULL DEFAULT false';

const tablesIn = (schema: string): string => `
  CREATE TABLE IF NOT EXISTS ${schema}.projection_checkpoint (
    name     text   PRIMARY KEY,
    position bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ${schema}.projection_offset (
    name      text    NOT NULL,
    topic     text    NOT NULL,
    partition integer NOT NULL,
    next      bigint  NOT NULL,
    PRIMARY KEY (name, topic, partition)
  );
  CREATE TABLE IF NOT EXISTS ${schema}.projection_stream (
    name     text   NOT NULL,
    stream   text   NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (name, stream)
  );
  CREATE TABLE IF NOT EXISTS ${schema}.projection_shape (
    name    text    PRIMARY KEY,
    version integer NOT NULL,
    digest  text    NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ${schema}.projection_dead_letter (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text        NOT NULL,
    identity  text        NOT NULL,
    topic     text,
    partition integer,
    "offset"  bigint,
    position  bigint,
    key       text        NOT NULL,
    headers   jsonb       NOT NULL,
    value     bytea       NOT NULL,
    error     text        NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, identity)
  );`;

/** The tables' names, quoted, for SQL that must not depend on the search_path. */
export const tablesOf = (schema: string) => {
  const quoted = escapeIdentifier(schema);
  return {
    checkpoint: `${quoted}.projection_checkpoint`,
    offset: `${quoted}.projection_offset`,
    stream: `${quoted}.projection_stream`,
    shape: `${quoted}.projection_shape`,
    deadLetter: `${quoted}.projection_dead_letter`,
  };
};

/** What is one reader's: a projection, an inbox or a relay of a service. */
export interface Reader {
  /** The service's main schema. */
  readonly schema: string;
  readonly name: string;
}

/** One name for the whole database. */
export const readerId = ({ schema, name }: Reader): string => `${schema}.${name}`;

export const readerKey = (reader: Reader): bigint => advisoryKey(`projection ${readerId(reader)}`);

/**
 * Every transaction that moves a reader holds this, together with all others; a swap takes it alone. Advisory, since
 * those who wait for one are served in turn, and a swap must not starve.
 */
export const lockReader = async (tx: Tx, reader: Reader): Promise<void> => {
  await tx.query('SELECT pg_advisory_xact_lock_shared($1)', [readerKey(reader)]);
};

/** Keeps all others from moving the reader until the transaction ends. */
export const holdReader = async (tx: Tx, reader: Reader): Promise<void> => {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [readerKey(reader)]);
};

export const lock = async (tx: Tx, name: string): Promise<void> => {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey(name)]);
};

/** Forgets all that is remembered of a reader. */
export const forget = async (tx: Tx, { schema, name }: Reader): Promise<void> => {
  for (const table of Object.values(tablesOf(schema)))
    await tx.query(`DELETE FROM ${table} WHERE name = $1`, [name]);
};

/** The position up to which everything was applied; makes the row where it is absent. */
export const ensureCheckpoint = async (tx: Tx, { schema, name }: Reader): Promise<bigint> => {
  const { checkpoint } = tablesOf(schema);
  await tx.query(`INSERT INTO ${checkpoint} (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING`, [name]);
  return readCheckpoint(tx, { schema, name });
};

export const readCheckpoint = async (tx: Tx, { schema, name }: Reader, locking = ''): Promise<bigint> => {
  const { rows } = await tx.query<{ position: bigint | string }>(
    `SELECT position FROM ${tablesOf(schema).checkpoint} WHERE name = $1 ${locking}`,
    [name],
  );
  return BigInt(rows[0]?.position ?? 0);
};

/** Moves the checkpoint; false when it is not where it was thought to be. */
export const moveCheckpoint = async (tx: Tx, reader: Reader, from: bigint, to: bigint): Promise<boolean> => {
  const { rowCount } = await tx.query(
    `UPDATE ${tablesOf(reader.schema).checkpoint} SET position = $3 WHERE name = $1 AND position = $2`,
    [reader.name, from, to],
  );
  return rowCount === 1;
};

export const readOffset = async (
  tx: Tx,
  reader: Reader,
  topic: string,
  partition: number,
): Promise<bigint> => {
  const { rows } = await tx.query<{ next: bigint | string }>(
    `SELECT next FROM ${tablesOf(reader.schema).offset} WHERE name = $1 AND topic = $2 AND partition = $3`,
    [reader.name, topic, partition],
  );
  return BigInt(rows[0]?.next ?? 0);
};

/**
 * Whether the reader has applied all that is before these offsets.
 *
 * @param ends by topic and partition.
 */
export const isPast = async (
  tx: Tx,
  reader: Reader,
  ends: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
): Promise<boolean> => {
  const { rows } = await tx.query<{ topic: string; partition: number; next: bigint | string }>(
    `SELECT topic, partition, next FROM ${tablesOf(reader.schema).offset} WHERE name = $1`,
    [reader.name],
  );
  const next = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, BigInt(row.next)]));
  return [...ends].every(([topic, ofTopic]) =>
    [...ofTopic].every(([partition, end]) => (next.get(`${topic}/${partition}`) ?? 0n) >= end),
  );
};

export interface OffsetMove {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
}

/** Compare-and-swap; false when another has been there. The row stays locked until the transaction ends. */
export const moveOffset = async (
  tx: Tx,
  { schema, name }: Reader,
  { topic, partition, from, next }: OffsetMove,
): Promise<boolean> => {
  const { offset } = tablesOf(schema);
  const { rowCount } =
    from === 0n
      ? await tx.query(
          `INSERT INTO ${offset} AS o (name, topic, partition, next) VALUES ($1, $2, $3, $4)
           ON CONFLICT (name, topic, partition) DO UPDATE SET next = EXCLUDED.next WHERE o.next = 0`,
          [name, topic, partition, next],
        )
      : await tx.query(
          `UPDATE ${offset} SET next = $4 WHERE name = $1 AND topic = $2 AND partition = $3 AND next = $5`,
          [name, topic, partition, next, from],
        );
  return rowCount === 1;
};

/** The last revision applied of each of these streams. */
export const readRevisions = async (
  tx: Tx,
  { schema, name }: Reader,
  streams: readonly string[],
): Promise<Map<string, bigint>> => {
  const { rows } = await tx.query<{ stream: string; revision: bigint | string }>(
    `SELECT stream, revision FROM ${tablesOf(schema).stream} WHERE name = $1 AND stream = ANY ($2)`,
    [name, streams],
  );
  return new Map(rows.map(({ stream, revision }) => [stream, BigInt(revision)]));
};

/** Never lowers one: a dead letter is replayed long after its successors. */
export const writeRevisions = async (
  tx: Tx,
  { schema, name }: Reader,
  revisions: ReadonlyMap<string, bigint>,
): Promise<void> => {
  await tx.query(
    `INSERT INTO ${tablesOf(schema).stream} AS s (name, stream, revision)
     SELECT $1, given.stream, given.revision FROM unnest($2::text[], $3::bigint[]) AS given (stream, revision)
     ON CONFLICT (name, stream) DO UPDATE SET revision = greatest(s.revision, EXCLUDED.revision)`,
    [name, [...revisions.keys()], [...revisions.values()]],
  );
};
