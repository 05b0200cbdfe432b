import type { BusMessage, ReceivedMessage } from '@gatehouse/bus';
import { codeOf, isTransient, type Log } from '@gatehouse/postgres';
import { tablesOf, type Reader } from './bookkeeping';
import { RefusedMessage } from './claim';
import type { Tx } from './projection';

/**
 * SQLSTATE classes of what the database says of the values of one message: data exception (out of range, a zero byte),
 * integrity constraint violation (two of a key), program limit exceeded (too long for an index).
 */
const DATA_CLASSES = new Set(['22', '23', '54']);

/**
 * Of these classes, NULL in a column that allows none and a row against a CHECK: an event that was decoded has all its
 * fields, so it is the program's statement that does not fit its own table, and every event of the kind would be lost.
 * And a sequence that has no more numbers, whoever asks.
 */
const PROGRAM_STATES = new Set(['23502', '23514', '2200H']);

const SQLSTATE = /^(?:\d[\dA-Z]|F0|HV|P0|XX)[\dA-Z]{3}$/;

/**
 * True for an error that this message alone is to blame for, and that would come again however often it is tried: what
 * the program throws on reading or applying it, and what the database says of its values. All else that the database
 * says is a fault of the installation (rights, a missing schema), the program (42xxx: an unknown column or table, types
 * that do not match, syntax) or the server (XX): the next message would fare no better. Those are waited out and
 * reported, and nothing is skipped.
 */
export const isPoison = (error: unknown): boolean => {
  if (isTransient(error)) return false;
  const state = codeOf(error);
  if (state === undefined || !SQLSTATE.test(state)) return true;
  return DATA_CLASSES.has(state.slice(0, 2)) && !PROGRAM_STATES.has(state);
};

/** A message that could not be applied, as it came. */
export interface DeadLetter {
  readonly id: bigint;
  /** The projection or inbox. */
  readonly name: string;
  /** Where it came from: the bus, or a position of the log. */
  readonly origin: Origin;
  readonly message: BusMessage;
  readonly error: string;
  /** True where it was not taken for what it says it is: its stream was not moved past it. */
  readonly refused: boolean;
  readonly failedAt: Date;
}

export type Origin =
  | { readonly kind: 'bus'; readonly topic: string; readonly partition: number; readonly offset: bigint }
  | { readonly kind: 'store'; readonly position: bigint };

/** A unit of work that may turn out to be poison. */
export interface Item<T> {
  readonly value: T;
  /** Called only when it is poison. */
  readonly letter: () => { readonly origin: Origin; readonly message: BusMessage };
  /** Called in the same transaction once it is buried for any other reason than that it was refused. */
  readonly buried?: () => Promise<void>;
}

/**
 * Applies all at once; where that fails on poison, one by one, and buries those that fail, in the same transaction.
 * Anything else that is thrown is thrown on: the whole is to be tried again. Answers how many were applied.
 */
export const applyOrBury = async <T>(
  tx: Tx,
  reader: Reader,
  items: readonly Item<T>[],
  apply: (values: readonly T[]) => Promise<void>,
  log: Log,
): Promise<number> => {
  if (items.length === 0) return 0;
  const failure = await attempt(tx, () => apply(items.map(({ value }) => value)));
  if (failure === undefined) return items.length;
  let applied = 0;
  for (const item of items) {
    const error = items.length === 1 ? failure : await attempt(tx, () => apply([item.value]));
    if (error === undefined) applied++;
    else await bury(tx, reader, item, error.cause, log);
  }
  return applied;
};

/** Undefined when it went well; all that it did is undone when it did not. */
const attempt = async (
  tx: Tx,
  run: () => Promise<void>,
): Promise<{ readonly cause: unknown } | undefined> => {
  await tx.query('SAVEPOINT attempt');
  try {
    await run();
  } catch (cause) {
    if (!isPoison(cause)) throw cause;
    await tx.query('ROLLBACK TO SAVEPOINT attempt');
    await tx.query('RELEASE SAVEPOINT attempt');
    return { cause };
  }
  await tx.query('RELEASE SAVEPOINT attempt');
  return undefined;
};

const bury = async (
  tx: Tx,
  { schema, name }: Reader,
  item: Item<unknown>,
  cause: unknown,
  log: Log,
): Promise<void> => {
  const { origin, message } = item.letter();
  const refused = cause instanceof RefusedMessage;
  const bus = origin.kind === 'bus' ? origin : undefined;
  const at = origin.kind === 'store' ? origin.position : undefined;
  const error = describe(cause);
  log.error(
    { projection: `${schema}.${name}`, origin: originText(origin), reason: error, refused },
    'a message is a dead letter',
  );
  // The bus may bring one event twice, at two offsets: it is one letter, or its replay would apply it twice. What is
  // refused is kept by its place, lest a forged id stands in a true letter's way; replayed, it is held against revisions.
  await tx.query(
    `INSERT INTO ${tablesOf(schema).deadLetter}
       (name, identity, topic, partition, "offset", position, key, headers, value, error, refused)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (name, identity) DO NOTHING`,
    [
      name,
      refused ? originText(origin) : identityOf(message, origin),
      bus?.topic,
      bus?.partition,
      bus?.offset,
      at,
      storable(message.key),
      JSON.stringify(
        Object.fromEntries(
          Object.entries(message.headers).map(([header, text]) => [storable(header), storable(text)]),
        ),
      ),
      Buffer.from(message.value),
      error,
      refused,
    ],
  );
  if (!refused) await item.buried?.();
};

/** What is longer no event of ours is called, and no index may take. */
const IDENTITY_MAX = 500;

const identityOf = ({ headers }: BusMessage, origin: Origin): string => {
  const { ce_source: source, ce_id: id } = headers;
  const identity = source !== undefined && id !== undefined ? `${source} ${id}` : originText(origin);
  return identity.length > IDENTITY_MAX || identity.includes('\0') ? originText(origin) : identity;
};

/** As the database takes it: a letter that cannot be kept would come for ever, and hold up what is behind it. */
const storable = (text: string): string => text.replaceAll('\0', '\ufffd');

const originText = (origin: Origin): string =>
  origin.kind === 'store'
    ? `position ${origin.position}`
    : `${origin.topic}/${origin.partition}/${origin.offset}`;

/** Why a message is a dead letter, as it is kept with it. */
export const describe = (cause: unknown): string => {
  const { message } = (cause ?? {}) as { message?: unknown };
  return storable(String(message ?? cause)).slice(0, 2_000);
};

/** The dead letters of a service with all that they hold, oldest first; of one projection or inbox where named. */
export const deadLetters = async (db: Tx, schema: string, name?: string): Promise<readonly DeadLetter[]> => {
  const { rows } = await db.query<DeadLetterRow>(
    `SELECT * FROM ${tablesOf(schema).deadLetter} WHERE $1::text IS NULL OR name = $1 ORDER BY id`,
    [name],
  );
  return rows.map(fromRow);
};

/** How many dead letters a service has, by the name of the projection or inbox; those without any are not there. */
export const countDeadLetters = async (db: Tx, schema: string): Promise<ReadonlyMap<string, bigint>> => {
  const { rows } = await db.query<{ name: string; letters: bigint | string }>(
    `SELECT name, count(*) AS letters FROM ${tablesOf(schema).deadLetter} GROUP BY name`,
  );
  return new Map(rows.map(({ name, letters }) => [name, BigInt(letters)]));
};

/** Their ids, oldest first. */
export const deadLetterIds = async (db: Tx, { schema, name }: Reader): Promise<readonly bigint[]> => {
  const { rows } = await db.query<{ id: bigint | string }>(
    `SELECT id FROM ${tablesOf(schema).deadLetter} WHERE name = $1 ORDER BY id`,
    [name],
  );
  return rows.map(({ id }) => BigInt(id));
};

/** Takes one letter for replay, or undefined where it is gone or in another's hands. */
export const takeDeadLetter = async (tx: Tx, schema: string, id: bigint): Promise<DeadLetter | undefined> => {
  const { rows } = await tx.query<DeadLetterRow>(
    `SELECT * FROM ${tablesOf(schema).deadLetter} WHERE id = $1 FOR UPDATE SKIP LOCKED`,
    [id],
  );
  return rows[0] && fromRow(rows[0]);
};

export const deleteDeadLetter = async (tx: Tx, schema: string, id: bigint): Promise<void> => {
  await tx.query(`DELETE FROM ${tablesOf(schema).deadLetter} WHERE id = $1`, [id]);
};

/** The message as it came; of one from the log, topic and offset say nothing. */
export const receivedOf = ({ origin, message }: DeadLetter): ReceivedMessage =>
  origin.kind === 'bus'
    ? { ...message, topic: origin.topic, partition: origin.partition, offset: origin.offset }
    : { ...message, topic: '', partition: 0, offset: origin.position };

interface DeadLetterRow {
  readonly id: bigint | string;
  readonly name: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: bigint | string | null;
  readonly position: bigint | string | null;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: Buffer;
  readonly error: string;
  readonly refused: boolean;
  readonly failed_at: Date;
}

const fromRow = (row: DeadLetterRow): DeadLetter => ({
  id: BigInt(row.id),
  name: row.name,
  origin:
    row.topic === null
      ? { kind: 'store', position: BigInt(row.position ?? 0) }
      : { kind: 'bus', topic: row.topic, partition: row.partition ?? 0, offset: BigInt(row.offset ?? 0) },
  message: { key: row.key, headers: row.headers, value: row.value },
  error: row.error,
  refused: row.refused,
  failedAt: row.failed_at,
});
