import { eventually } from '@gatehouse/kernel/testing';
import { PgPool } from '@gatehouse/platform';
import { Client } from 'pg';
import type { UsageRecord } from '../../domain/usage/usage-record';
import {
  asOwner,
  emptyTables,
  type MeteringDatabase,
  meteringDatabase,
} from '../../testing/postgres-harness';
import { usageRecord } from '../../testing/usage-record';
import { PostgresUsageMonths } from './postgres-usage-months';
import { rebuildUsage } from './rebuild-usage';
import { reconcileUsage } from './reconcile-usage';
import { recordUsage } from './record-usage';
import { UsageSeriesIds } from './usage-series-ids';

const DAY = '2026-11-10';
const LAST_NUMBER = 2_147_483_647;
const WAITING = `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE d.datname = current_database() AND NOT l.granted`;

describe('series and their numbers', () => {
  let shared: MeteringDatabase;
  let pool: PgPool;

  /** Keeps series from being added. */
  let holder: Client;

  beforeAll(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
    holder = new Client({ connectionString: shared.database.superuserUrl });
    await holder.connect();
  });
  afterAll(async () => {
    await holder.end();
    await shared.close();
  });
  beforeEach(() => emptyTables(shared));

  /** A process that has just started: it knows no series, and takes three values of a key for many. */
  const aProcess = () => {
    const books = {
      months: new PostgresUsageMonths(pool),
      series: new UsageSeriesIds(pool, { values: 3, keys: 64 }),
    };
    return (records: readonly UsageRecord[]) => pool.inTransaction((tx) => recordUsage(tx, books, records));
  };
  let calls = 0;
  const callOf = (team: string, some: Partial<UsageRecord> = {}) =>
    usageRecord({ requestId: `req-${++calls}`, metadata: { team }, ...some });

  const nextNumber = (is: number) =>
    asOwner(shared, `ALTER SEQUENCE metering.usage_series_series_id_seq RESTART WITH ${is}`);
  const latestNumber = async () => {
    const sql = 'SELECT last_value AS latest FROM metering.usage_series_series_id_seq';
    return Number((await asOwner<{ latest: string }>(shared, sql))[0]?.latest);
  };
  const seriesMade = async () => (await pool.query('SELECT 1 FROM metering.usage_series')).rowCount;

  it('take a number for each that is made, and none for what there is, however many values are beyond the bound', async () => {
    await nextNumber(1);
    const record = aProcess();
    for (let batch = 0; batch < 3; batch++)
      await record(Array.from({ length: 40 }, (_, index) => callOf(`team-${batch}-${index}`)));
    await rebuildUsage(pool, DAY);
    await rebuildUsage(pool, DAY);
    expect(await latestNumber()).toBe(await seriesMade());
  });

  it('count on where numbers were used up: there are as many below zero', async () => {
    await nextNumber(LAST_NUMBER - 1);
    await aProcess()([callOf('a'), callOf('b')]);
    expect(await latestNumber()).toBeLessThan(0);
    const { rows } = await pool.query<{ label_value: string; requests: bigint }>(
      `SELECT label_value, requests FROM metering.usage_recent JOIN metering.usage_series USING (series_id)
       WHERE label_key = 'team' ORDER BY 1`,
    );
    expect(rows).toEqual([
      { label_value: 'a', requests: 1n },
      { label_value: 'b', requests: 1n },
    ]);
  });

  it('tell values of two batches apart that come to the bound at once, and forget none that has a series', async () => {
    const record = aProcess();
    await record([callOf('t0')]);
    const some = ['t1', 't2', 't3', 't4'];
    // Both have looked, and can add nothing yet.
    await holder.query('BEGIN; LOCK TABLE metering.usage_series IN SHARE MODE');
    const both = [
      record(some.map((team) => callOf(team))),
      aProcess()(some.toReversed().map((team) => callOf(team))),
    ];
    await eventually(async () => expect((await holder.query(WAITING)).rowCount).toBe(2));
    await holder.query('COMMIT');
    await Promise.all(both);
    await record(some.map((team) => callOf(team)));
    expect((await reconcileUsage(pool, DAY, 10)).differences).toEqual([]);
    const { rows } = await pool.query<{ label_value: string; requests: bigint }>(
      `SELECT label_value, requests FROM metering.usage_recent JOIN metering.usage_series USING (series_id)
       WHERE label_key = 'team' ORDER BY label_value = '', requests`,
    );
    expect(rows.map(({ requests }) => requests)).toEqual([1n, 3n, 3n, 6n]);
    expect(rows.at(-1)).toMatchObject({ label_value: '' });
  });
});
