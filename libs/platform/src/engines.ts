import type { BusConsumer, BusProducer } from '@gatehouse/bus';
import { PostgresBusConsumer, PostgresBusProducer } from '@gatehouse/bus-postgres';
import { storeFault } from '@gatehouse/config';
import type { EventStore } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { AppError } from '@gatehouse/kernel';
import type { Pool } from 'pg';
import type { ServiceLog } from './service-log';

export interface Engine {
  /** What the configuration names: `postgres`, `esdb://…` or `kafka://…`. */
  readonly setting: string;
  readonly pool: Pool;
  readonly log: ServiceLog;
}

/**
 * The event store that GATEHOUSE_STORE names: `postgres`, or `esdb://host:port,…`. INVALID `STORE_UNKNOWN` for anything
 * else, also for a server with TLS and no user; UNAVAILABLE `EVENT_STORE_UNAVAILABLE` when the engine does not answer,
 * within 10 s.
 */
export const openEventStore = async ({ setting, pool }: Engine): Promise<EventStore> => {
  if (setting === 'postgres') return new PostgresEventStore(pool);
  if (storeFault(setting) !== undefined) throw new AppError('INVALID', 'STORE_UNKNOWN');
  // Loaded when asked for: its client alone is 15 MB.
  const { EventStoreDbEventStore } = await import('@gatehouse/event-store-eventstoredb');
  const store = new EventStoreDbEventStore(setting);
  await store.head();
  return store;
};

/**
 * The bus that GATEHOUSE_BUS names: `postgres`, or `kafka://host:port,…`. INVALID `BUS_UNKNOWN` for anything else. A
 * Kafka that is away is waited for: events wait in the store, usage in the gateways' journals.
 */
export const openBus = async ({
  setting,
  pool,
  log,
}: Engine): Promise<{ producer: BusProducer; consumer: BusConsumer }> => {
  if (setting === 'postgres') {
    return { producer: new PostgresBusProducer(pool), consumer: new PostgresBusConsumer(pool, { log }) };
  }
  if (!setting.startsWith('kafka://')) throw new AppError('INVALID', 'BUS_UNKNOWN');
  const { KafkaBusConsumer, KafkaBusProducer, kafkaBrokers } = await import('@gatehouse/bus-kafka');
  const settings = { brokers: kafkaBrokers(setting), log };
  return { producer: new KafkaBusProducer(settings), consumer: new KafkaBusConsumer(settings) };
};
