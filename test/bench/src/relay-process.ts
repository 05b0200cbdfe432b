import { PostgresBusProducer } from '@gatehouse/bus-postgres';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { createPool, type Log, SILENT } from '@gatehouse/postgres';
import { ensureProjectionBookkeeping, Relay } from '@gatehouse/projections';
import { STREAM_PREFIX, TOPIC } from './workload';

const SCHEMA = 'provisioning';

const tell = (fields: object, message: string): void => {
  const { err, reason } = fields as { readonly err?: Error; readonly reason?: string };
  process.stderr.write(`relay: ${message}: ${err?.message ?? reason}\n`);
};
const LOG: Log = { ...SILENT, warn: tell, error: tell };

/** The child's side of RelayCompanion: a relay put together as a service does it, until the parent goes. */
const runRelay = async (url: string): Promise<void> => {
  const pool = createPool(url, { name: 'bench-relay', log: LOG });
  const store = new PostgresEventStore(pool);
  const producer = new PostgresBusProducer(pool);
  const relay = new Relay({
    store,
    producer,
    topic: TOPIC,
    streamPrefixes: [STREAM_PREFIX],
    pool,
    schema: SCHEMA,
    name: `${SCHEMA}-relay`,
    log: LOG,
  });
  process.once('disconnect', () => {
    void relay
      .stop()
      .then(() => Promise.all([store.close(), producer.close()]))
      .then(() => pool.end());
  });
  await ensureProjectionBookkeeping(pool, SCHEMA);
  relay.start();
};

process.once('message', (url: string) => {
  void runRelay(url);
});
