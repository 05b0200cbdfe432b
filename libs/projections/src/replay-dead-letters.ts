import type { ReceivedMessage } from '@gatehouse/bus';
import { inTransaction, SILENT, type Log } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { applyMessages } from './apply-messages';
import { lawfulClaim } from './claim';
import { holdReader, tablesOf, type Reader } from './bookkeeping';
import { fromBusMessage } from './cloud-event';
import {
  deadLetterIds,
  deleteDeadLetter,
  describe,
  isPoison,
  receivedOf,
  takeDeadLetter,
  type DeadLetter,
} from './dead-letters';
import type { Projection, Tx } from './projection';
import { applyEvents } from './projection-tables';
import { assertFitting } from './shape';

export interface ReplayResult {
  readonly replayed: number;
  readonly failed: number;
}

/**
 * Tries a projection's dead letters again, oldest first, each in a transaction of its own; those that work are deleted.
 * What failed comes after events of its stream that are newer: where that matters, rebuild instead. What was refused is
 * held against the topic's owner and the stream's next revision again, so it may go on being refused.
 */
export const replayDeadLetters = ({
  projection,
  ...options
}: {
  readonly projection: Projection;
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is. */
  readonly schema: string;
  readonly log?: Log;
}): Promise<ReplayResult> => {
  const reader = { schema: options.schema, name: projection.name };
  return replay(options.pool, reader, options.log, async (tx, letter) => {
    await assertFitting(tx, projection, reader);
    const message = receivedOf(letter);
    if (letter.refused) return applyMessages(tx, projection, reader, [message]);
    if (letter.origin.kind === 'bus') lawfulClaim(message);
    await applyEvents(tx, projection, [fromBusMessage(message)]);
  });
};

/** The same for an inbox. */
export const replayInboxDeadLetters = (options: {
  readonly name: string;
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is. */
  readonly schema: string;
  readonly log?: Log;
  handle(tx: Tx, messages: readonly ReceivedMessage[]): Promise<void>;
}): Promise<ReplayResult> =>
  replay(options.pool, options, options.log, (tx, letter) => options.handle(tx, [receivedOf(letter)]));

const replay = async (
  pool: Pool,
  reader: Reader,
  log: Log = SILENT,
  apply: (tx: Tx, letter: DeadLetter) => Promise<void>,
): Promise<ReplayResult> => {
  let [replayed, failed] = [0, 0];
  for (const id of await deadLetterIds(pool, reader)) {
    const done = await replayOne(pool, reader, id, log, apply);
    if (done === true) replayed++;
    if (done === false) failed++;
  }
  return { replayed, failed };
};

/** Undefined when another is at it. */
const replayOne = async (
  pool: Pool,
  reader: Reader,
  id: bigint,
  log: Log,
  apply: (tx: Tx, letter: DeadLetter) => Promise<void>,
): Promise<boolean | undefined> => {
  try {
    return await inTransaction(pool, async (tx) => {
      // Alone: the bus may bring the very event that is replayed.
      await holdReader(tx, reader);
      const letter = await takeDeadLetter(tx, reader.schema, id);
      if (letter === undefined) return undefined;
      await apply(tx, letter);
      await deleteDeadLetter(tx, reader.schema, id);
      return true;
    });
  } catch (error) {
    if (!isPoison(error)) throw error;
    const reason = describe(error);
    log.warn({ deadLetter: id, reason }, 'a dead letter failed again');
    await pool.query(`UPDATE ${tablesOf(reader.schema).deadLetter} SET error = $2 WHERE id = $1`, [
      id,
      reason,
    ]);
    return false;
  }
};
