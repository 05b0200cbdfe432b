import type { BusConsumer, BusProducer } from '@gatehouse/bus';
import { PostgresBusConsumer, PostgresBusProducer } from '@gatehouse/bus-postgres';
import type { EventStore } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import type { Pool } from 'pg';
import type { ServiceLog } from './service-log';

export interface Engine {
  /** What the configuration names, e.g. `postgres`. */
  readonly setting: string;
  readonly pool: Pool;
  readonly log: ServiceLog;
}

/** The event store that GATEHOUSE_STORE names. */
export const openEventStore = async ({ setting, pool }: Engine): Promise<EventStore> => {
  if (setting === 'postgres') return new PostgresEventStore(pool);
  throw new Error('GATEHOUSE_STORE: must be postgres');
};

/** The bus that GATEHOUSE_BUS names. */
export const openBus = async ({
  setting,
  pool,
  log,
}: Engine): Promise<{ producer: BusProducer; consumer: BusConsumer }> => {
  if (setting === 'postgres') {
    return { producer: new PostgresBusProducer(pool), consumer: new PostgresBusConsumer(pool, { log }) };
  }
  throw new Error('GATEHOUSE_BUS: must be postgres');
};
