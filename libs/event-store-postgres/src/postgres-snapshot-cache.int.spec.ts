import { revision } from '@gatehouse/event-store';
import { sampleEvent, snapshotCacheContract } from '@gatehouse/event-store/testing';
import { testDatabase } from '@gatehouse/embedded-postgres/testing';
import { createPool } from '@gatehouse/postgres';
import { PostgresSnapshotCache } from './index';

const MIGRATIONS = ['libs/event-store-postgres/migrations'];

snapshotCacheContract('Postgres', async () => {
  const database = await testDatabase({ migrations: MIGRATIONS });
  const pool = createPool(database.urlAs('provisioning'), { name: 'snapshots' });
  const cache = new PostgresSnapshotCache(pool);
  return {
    cache,
    clear: () => cache.clear(),
    dispose: async () => {
      await pool.end();
      await database.drop();
    },
  };
});

it('keeps the snapshots of one service from the others', async () => {
  const database = await testDatabase({ migrations: MIGRATIONS });
  const ours = createPool(database.urlAs('provisioning'), { name: 'ours' });
  const theirs = createPool(database.urlAs('metering'), { name: 'theirs' });
  const snapshot = { revision: revision(0n), eventId: sampleEvent().id, state: { of: 'ours' }, commands: {} };
  await new PostgresSnapshotCache(ours).put('s', 1, snapshot);
  expect(await new PostgresSnapshotCache(theirs).get('s', 1)).toBeUndefined();
  expect((await theirs.query('SELECT * FROM event_store.snapshot')).rows).toEqual([]);
  await new PostgresSnapshotCache(theirs).clear();
  const forged =
    "INSERT INTO event_store.snapshot VALUES ('gatehouse_provisioning', 's', 1, 0, gen_random_uuid(), '{}', '{}')";
  await expect(theirs.query(forged)).rejects.toMatchObject({ code: '42501' });
  expect(await new PostgresSnapshotCache(ours).get('s', 1)).toEqual(snapshot);
  await Promise.all([ours.end(), theirs.end()]);
  await database.drop();
});
