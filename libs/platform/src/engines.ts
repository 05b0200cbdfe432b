import type { BusConsumer, BusProducer } from '@gatehouse/bus';
import { PostgresBusConsumer, PostgresBusProducer } from '@gatehouse/bus-postgres';
import { storeFault } from '@gatehouse/config';
import type { EventStore } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { AppError } from '@gatehouse/kernel';
import { kafkaUserOf, type ServiceName } from '@gatehouse/topology';
import type { Pool } from 'pg';
import type { ServiceLog } from './service-log';

export interface EventStoreOptions {
  /** What the configuration names: `postgres` or `esdb://…`. */
  readonly setting: string;
  readonly pool: Pool;
}

export interface BusConfig {
  readonly GATEHOUSE_BUS: string;
  /** Of the service's user at Kafka; together with the authority that its brokers are known by, or not at all. */
  readonly GATEHOUSE_BUS_PASSWORD?: string | undefined;
  readonly GATEHOUSE_BUS_CA_FILE?: string | undefined;
}

export interface BusOptions {
  readonly name: ServiceName;
  readonly config: BusConfig;
  readonly pool: Pool;
  readonly log: ServiceLog;
}

/**
 * The event store that GATEHOUSE_STORE names: `postgres`, or `esdb://host:port,…`. INVALID `STORE_UNKNOWN` for anything
 * else, also for a server with TLS and no user; UNAVAILABLE `EVENT_STORE_UNAVAILABLE` when the engine does not answer,
 * within 10 s.
 */
export const openEventStore = async ({ setting, pool }: EventStoreOptions): Promise<EventStore> => {
  if (setting === 'postgres') return new PostgresEventStore(pool);
  if (storeFault(setting) !== undefined) throw new AppError('INVALID', 'STORE_UNKNOWN');
  // Loaded when asked for: its client alone is 15 MB.
  const { EventStoreDbEventStore } = await import('@gatehouse/event-store-eventstoredb');
  const store = new EventStoreDbEventStore(setting);
  await store.head();
  return store;
};

/**
 * The bus that GATEHOUSE_BUS names: `postgres`, or `kafka://host:port,…`. INVALID `BUS_UNKNOWN` for anything else;
 * errors of the file system where the authority's certificate cannot be read. A Kafka that is away is waited for: events
 * wait in the store, usage in the gateways' journals.
 */
export const openBus = async ({
  name,
  config,
  pool,
  log,
}: BusOptions): Promise<{ producer: BusProducer; consumer: BusConsumer }> => {
  const { GATEHOUSE_BUS: setting, GATEHOUSE_BUS_PASSWORD: password, GATEHOUSE_BUS_CA_FILE: ca } = config;
  if (setting === 'postgres') {
    return { producer: new PostgresBusProducer(pool), consumer: new PostgresBusConsumer(pool, { log }) };
  }
  if (!setting.startsWith('kafka://')) throw new AppError('INVALID', 'BUS_UNKNOWN');
  const { KafkaBusConsumer, KafkaBusProducer, kafkaBrokers, readTls } = await import('@gatehouse/bus-kafka');
  // Read here as well, so that a service whose file is not there does not start.
  if (ca !== undefined) readTls({ ca });
  const settings = {
    brokers: kafkaBrokers(setting),
    log,
    ...(ca !== undefined && { tls: { ca } }),
    ...(password !== undefined && { user: { name: kafkaUserOf(name), password } }),
  };
  return { producer: new KafkaBusProducer(settings), consumer: new KafkaBusConsumer(settings) };
};
