import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusProducer, type BusMessage, type Topic } from '@gatehouse/bus';
import { byteaArray, textArray } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { busError } from './bus-errors';
import { checkTopic } from './check-topic';

const MAX_MESSAGES = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Of so many the headers are written in one turn of the event loop: all of a large batch would keep everybody waiting that the process serves. */
const WRITTEN_A_TURN = 32;

/** Publishes through `bus.publish`: durable when it answers, as far as the database's commits are. */
export class PostgresBusProducer extends BusProducer {
  private readonly checked = new Map<string, Promise<void>>();

  /** The pool stays the caller's; its role is in the group `gatehouse_bus_producer` or `gatehouse_bus_user`. */
  constructor(private readonly pool: Pool) {
    super();
  }

  async publish(topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    try {
      await this.check(topic);
      for (const chunk of chunks(messages)) {
        await this.pool.query('SELECT bus.publish($1, $2, $3, $4)', [
          topic.name,
          textArray(chunk.map(({ key }) => key)),
          textArray(await headersOf(chunk)),
          byteaArray(chunk.map(({ value }) => value)),
        ]);
      }
    } catch (error) {
      throw busError(error, topic.name);
    }
  }

  async close(): Promise<void> {
    // The pool is the caller's.
  }

  private async check(topic: Topic): Promise<void> {
    const known = this.checked.get(topic.name) ?? checkTopic(this.pool, topic);
    this.checked.set(topic.name, known);
    try {
      await known;
    } catch (error) {
      this.checked.delete(topic.name);
      throw error;
    }
  }
}

const headersOf = async (messages: readonly BusMessage[]): Promise<string[]> => {
  const written: string[] = [];
  for (const { headers } of messages) {
    if (written.length > 0 && written.length % WRITTEN_A_TURN === 0) await nextTurn();
    written.push(JSON.stringify(headers));
  }
  return written;
};

/** One transaction each: big ones would keep other publishers waiting for the partition. */
const chunks = function* (messages: readonly BusMessage[]): Generator<readonly BusMessage[]> {
  let chunk: BusMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (chunk.length > 0 && (chunk.length === MAX_MESSAGES || bytes + message.value.length > MAX_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(message);
    bytes += message.value.length;
  }
  if (chunk.length > 0) yield chunk;
};
