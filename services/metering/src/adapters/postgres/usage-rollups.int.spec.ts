import { deriveId, organizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import type { PoolClient } from 'pg';
import type { UsageRecord } from '../../domain/usage/usage-record';
import {
  asOwner,
  type MeteringDatabase,
  meteringDatabase,
  rollUpUsage,
} from '../../testing/postgres-harness';
import { usageRecord } from '../../testing/usage-record';
import { PostgresUsageAccounts } from './postgres-usage-accounts';
import { PostgresUsageMonths } from './postgres-usage-months';
import { PostgresUsageRollups } from './postgres-usage-rollups';
import { rebuildUsage } from './rebuild-usage';
import { reconcileUsage } from './reconcile-usage';
import { recordUsage } from './record-usage';
import { COUNTERS } from './usage-counts-query';
import { UsageSeriesIds } from './usage-series-ids';

const OURS = organizationId(deriveId('org', 'ours'));
const DAY = '2026-11-10';
const SINCE = Date.parse(`${DAY}T10:00:00Z`);

describe('usage that was counted lately', () => {
  let shared: MeteringDatabase;
  let pool: PgPool;

  beforeEach(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
  });
  afterEach(() => shared.close());

  /** Of three keys, over ten minutes. */
  const calls = (count: number, name = 'req'): UsageRecord[] =>
    Array.from({ length: count }, (_, i) =>
      usageRecord({
        ...{ organizationId: OURS, requestId: `${name}-${i}`, apiKeyId: `key-${i % 3}`, amount: BigInt(i) },
        ...{ metadata: { team: `team-${i % 2}` }, outcome: i % 5 ? 'completed' : 'clientLeft' },
        admittedAt: new Date(SINCE + (i % 10) * 60_000),
      }),
    );
  const aProcess = () => {
    const books = { months: new PostgresUsageMonths(pool), series: new UsageSeriesIds(pool) };
    return (records: readonly UsageRecord[]) => pool.inTransaction((tx) => recordUsage(tx, books, records));
  };
  const sums = async () => {
    const shape = { by: ['apiKey'] as const, every: 'hour' as const, latency: true, rowsMax: 100 };
    return new PostgresUsageAccounts(pool).sums({ organizationId: OURS }, shape);
  };
  const rowsOf = async (counters: string) =>
    (await pool.query(`SELECT * FROM metering.usage_${counters} ORDER BY series_id, begins`)).rows;
  const differences = async () => (await reconcileUsage(pool, DAY, 10)).differences;

  it('is in its own table alone, and is moved to all others, in as many parts as one likes', async () => {
    await aProcess()(calls(90));
    const before = await sums();
    expect(await Promise.all(COUNTERS.map(rowsOf))).toEqual(COUNTERS.map(() => []));
    let parts = 0;
    for (; (await rollUpUsage(shared, 7)) > 0; parts++) {
      expect(await sums()).toEqual(before);
      expect(await differences()).toEqual([]);
    }
    expect(parts).toBeGreaterThan(5);
    expect(await rowsOf('recent')).toEqual([]);
    const made = await Promise.all(COUNTERS.map(rowsOf));
    expect(made.map((rows) => rows.length > 0)).toEqual(COUNTERS.map(() => true));
    // As records say it, and each of what it is made of.
    expect(await rebuildUsage(pool, DAY)).toBe(0);
  });

  it('is added to what was rolled up before', async () => {
    const record = aProcess();
    for (let batch = 0; batch < 3; batch++) {
      await record(calls(60, `batch-${batch}`));
      await rollUpUsage(shared, 20);
    }
    const before = await sums();
    await rollUpUsage(shared);
    expect(await sums()).toEqual(before);
    expect(before.reduce((sum, { requests }) => sum + requests, 0n)).toBe(180n);
    expect(await differences()).toEqual([]);
  });

  it('stays until its minute is ripe, and while another process is at it', async () => {
    await aProcess()(calls(90));
    const rollups = new PostgresUsageRollups(pool);
    expect(await rollups.rollUp(new Date(SINCE), 100)).toBe(0);
    const ofFirst = (await rowsOf('recent')).filter(({ begins }) => begins.getTime() === SINCE).length;
    await pool.inTransaction(async (tx) => {
      class Within extends PgPool {
        override inTransaction<T>(work: (tx: PoolClient) => Promise<T>): Promise<T> {
          return work(tx);
        }
      }
      const under = new PostgresUsageRollups(new Within(shared.pool));
      expect(await under.rollUp(new Date(SINCE + 60_000), 1)).toBe(1);
      expect(await rollups.rollUp(new Date(SINCE + 60_000), 100)).toBe(0);
    });
    expect(await rollups.rollUp(new Date(SINCE + 60_000), 100)).toBe(ofFirst - 1);
  });

  it('is neither lost nor counted twice while more of the same comes, and is read at any time', async () => {
    const [one, two] = [aProcess(), aProcess()];
    const all = calls(3_000);
    let over = false;
    const coming = async (record: (records: readonly UsageRecord[]) => Promise<void>, from: number) => {
      for (let at = from; at < all.length; at += 40) await record(all.slice(at, at + 20));
    };
    const come = Promise.all([coming(one, 0), coming(two, 20)]).finally(() => {
      over = true;
    });
    const rolling = async () => {
      let moved = 0;
      while (!over) moved += await rollUpUsage(shared, 25);
      return moved;
    };
    const reading = async () => {
      for (let seen = 0n; !over;) {
        const now = (await sums()).reduce((sum, { requests }) => sum + requests, 0n);
        expect(now).toBeGreaterThanOrEqual(seen);
        expect(now).toBeLessThanOrEqual(BigInt(all.length));
        seen = now;
      }
    };
    const [, moved] = await Promise.all([come, rolling(), reading(), reading()]);
    expect(moved).toBeGreaterThan(100);
    const read = await sums();
    expect(read.reduce((sum, { requests }) => sum + requests, 0n)).toBe(BigInt(all.length));
    await rollUpUsage(shared);
    expect(await sums()).toEqual(read);
    expect(await differences()).toEqual([]);
  });

  it('is added up anew with the rest, wherever it lies and whatever the rest says', async () => {
    await aProcess()(calls(90));
    const before = await sums();
    await rollUpUsage(shared, 30);
    await asOwner(
      shared,
      `UPDATE metering.usage_recent SET requests = requests + 2, total = first_byte WHERE series_id % 2 = 0;
       DELETE FROM metering.usage_recent WHERE series_id % 3 = 0; DELETE FROM metering.usage_minute WHERE series_id % 2 = 1;
       UPDATE metering.usage_day SET amount_nano_usd = 5`,
    );
    expect(await sums()).not.toEqual(before);
    expect(await differences()).not.toEqual([]);
    expect(await rebuildUsage(pool, DAY)).toBeGreaterThan(0);
    expect(await differences()).toEqual([]);
    expect(await sums()).toEqual(before);
    await rollUpUsage(shared);
    expect(await differences()).toEqual([]);
    expect(await sums()).toEqual(before);
  });

  it('stays where it cannot be moved, as where a sum that it is a part of has no number', async () => {
    await aProcess()(calls(30));
    const before = await rowsOf('recent');
    await asOwner(shared, `DELETE FROM metering.usage_series WHERE workspace_id = ''`);
    await expect(rollUpUsage(shared)).rejects.toMatchObject({ code: '23502' });
    expect(await rowsOf('recent')).toEqual(before);
    expect(await Promise.all(COUNTERS.map(rowsOf))).toEqual(COUNTERS.map(() => []));
  });
});
