import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '@gatehouse/event-store';
import { sampleEvents, type StoreUnderTest } from '@gatehouse/event-store/testing';
import { isTransient, pause } from '@gatehouse/postgres';
import { Client } from 'pg';
import { PostgresEventStore } from '../postgres-event-store';
import { CuttingProxy } from './cutting-proxy';

export interface PostgresUnderTestOptions {
  /** As the role that the store is used by. */
  readonly url: string;
  /** As a role that may run transactions of its own with event_store.append in them. */
  readonly disturberUrl: string;
  /** Whether trouble includes cut connections. */
  readonly cuts?: boolean;
  readonly dispose: () => Promise<void>;
}

/** The log of a database for the event store's contract, by way of a proxy that can be cut. */
export const postgresUnderTest = async (options: PostgresUnderTestOptions): Promise<StoreUnderTest> => {
  const proxy = await CuttingProxy.before(options.url);
  const open = async () => PostgresEventStore.connect(proxy.url, { connectionsMax: 8 });
  const store = await open();
  const cut = async (signal: AbortSignal): Promise<void> => {
    // Ever less often, so that a slow machine gets on between two cuts.
    for (let round = 1; options.cuts && !signal.aborted; round++) {
      await pause(300 * round, signal);
      proxy.cutAll();
    }
  };
  return {
    store,
    open,
    loseNextAnswer: async () => proxy.loseNextAnswerTo('gatehouse-append'),
    disturb: async (streams, signal) => {
      const dawdlers = [1, 2].map((index) => dawdle(options.disturberUrl, index, streams, signal));
      await Promise.all([cut(signal), ...dawdlers]);
    },
    dispose: async () => {
      await store.close();
      await proxy.close();
      await options.dispose();
    },
  };
};

const APPEND = 'SELECT event_store.append($1, -2, $2, $3, $4, $5, $6)';

/** Transactions that append, take their time, and commit or roll back. */
const dawdle = async (
  url: string,
  seed: number,
  streams: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (let round = seed; !signal.aborted; round++) {
      await transaction(client, streams[round % streams.length] as string, round);
      await sleep(5 + (round % 7));
    }
  } finally {
    await client.end();
  }
};

const transaction = async (client: Client, stream: string, round: number): Promise<void> => {
  try {
    await client.query('BEGIN');
    if (round % 2 === 0) await client.query('SELECT pg_current_xact_id()');
    await client.query(APPEND, [stream, ...columnsOf(sampleEvents(1 + (round % 3)))]);
    await sleep((round * 5) % 25);
    await client.query(round % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    if (!isTransient(error)) throw error;
  }
};

const columnsOf = (events: readonly NewEvent[]): unknown[] => [
  events.map(({ id }) => id),
  events.map(({ type }) => type),
  events.map(({ version }) => version),
  events.map(({ data }) => JSON.stringify(data)),
  events.map(({ metadata }) => JSON.stringify(metadata)),
];
