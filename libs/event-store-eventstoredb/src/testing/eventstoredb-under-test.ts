import type { StoreUnderTest } from '@gatehouse/event-store/testing';
import { EventStoreDbEventStore } from '../eventstoredb-event-store';
import { pause } from '../pause';
import { FaultyProxy } from './faulty-proxy';

export interface EventStoreDbUnderTestOptions {
  /** `esdb://host:port?…` of one server. */
  readonly connectionString: string;
  dispose(): Promise<void>;
}

/** The log of a server for the event store's contract, by way of a proxy that loses answers and cuts connections. */
export const eventStoreDbUnderTest = async ({
  connectionString,
  dispose,
}: EventStoreDbUnderTestOptions): Promise<StoreUnderTest> => {
  const target = new URL(connectionString);
  const proxy = await FaultyProxy.before(target.hostname, Number(target.port || 2113));
  const url = new URL(connectionString);
  url.host = `127.0.0.1:${proxy.port}`;
  const open = async () => new EventStoreDbEventStore(url.href);
  // It tries once, so that the contract sees the answer that was lost.
  const store = new EventStoreDbEventStore(url.href, { attempts: 1 });
  return {
    store,
    open,
    loseNextAnswer: async () => proxy.loseNextAnswer(),
    disturb: async (_streams, signal) => {
      // Ever less often, so that a slow machine gets on between two cuts.
      for (let round = 1; !signal.aborted; round++) {
        await pause(300 * round, signal);
        proxy.cutAll();
      }
    },
    dispose: async () => {
      await store.close();
      await proxy.close();
      await dispose();
    },
  };
};
