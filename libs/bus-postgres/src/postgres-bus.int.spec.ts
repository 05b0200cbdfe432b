import type { BusMessage } from '@gatehouse/bus';
import { busContract, OwnOffsets } from '@gatehouse/bus/testing';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { createPool } from '@gatehouse/postgres';
import { TOPICS } from '@gatehouse/topology';
import type { Pool } from 'pg';
import { PostgresBusConsumer, PostgresBusProducer } from './index';

const MIGRATIONS = ['libs/bus-postgres/migrations'];

const message = (key: string, value: string): BusMessage => ({ key, headers: {}, value: Buffer.from(value) });

busContract('the bus on Postgres', async () => {
  const database = await testDatabase({ migrations: MIGRATIONS });
  const pool = createPool(database.urlAs('metering'), { name: 'contract', max: 10 });
  return {
    producer: () => new PostgresBusProducer(pool),
    consumer: () => new PostgresBusConsumer(pool),
    retentionOf: async (topic) => {
      const { rows } = await pool.query<{ retention_ms: bigint | null }>(
        'SELECT retention_ms FROM bus.topic WHERE name = $1',
        [topic],
      );
      return rows[0] && Number(rows[0].retention_ms ?? Infinity);
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
});

describe('the bus on Postgres', () => {
  let database: TestDatabase;
  let owner: Pool;
  let pool: Pool;

  beforeEach(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    owner = createPool(database.url, { name: 'owner' });
    pool = createPool(database.urlAs('metering'), { name: 'test' });
  });
  afterEach(async () => {
    await pool.end();
    await owner.end();
    await database.drop();
  });

  const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
    for (let n = 0; n < 1_000; n++) {
      if (await what()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('not within 10 s');
  };

  it('gives offsets out densely and in the order of commits, whatever is rolled back', async () => {
    const topic = { name: 't', partitions: 1, retentionMs: Infinity };
    await new PostgresBusProducer(pool).publish(topic, [message('k', 'first')]);
    const seen: bigint[] = [];
    let done = false;
    const reader = (async () => {
      for (;;) {
        const last = done;
        const { rows } = await pool.query<{ offset: bigint }>(
          `SELECT "offset" FROM bus.message WHERE "offset" > $1 ORDER BY "offset"`,
          [seen.at(-1) ?? -1n],
        );
        seen.push(...rows.map(({ offset }) => offset));
        if (last) return;
      }
    })();
    let committed = 1;
    const writer = async (index: number): Promise<void> => {
      const client = await pool.connect();
      for (let n = 0; n < 20; n++) {
        await client.query('BEGIN');
        await client.query('SELECT bus.publish($1, $2, $3, $4)', ['t', ['k', 'k'], ['{}', '{}'], ['a', 'b']]);
        await client.query('SELECT pg_sleep($1)', [((n * 7 + index) % 5) / 1_000]);
        const rollback = (n + index) % 4 === 0;
        await client.query(rollback ? 'ROLLBACK' : 'COMMIT');
        if (!rollback) committed += 2;
      }
      client.release();
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(writer));
    done = true;
    await reader;
    expect(seen).toEqual(Array.from({ length: committed }, (_, index) => BigInt(index)));
  });

  it('loses nothing when the connections of its consumers are cut', async () => {
    const topic = { name: 't', partitions: 4, retentionMs: Infinity };
    const own = new OwnOffsets();
    const producer = new PostgresBusProducer(pool);
    const consumers = [new PostgresBusConsumer(pool), new PostgresBusConsumer(pool)];
    const never = new AbortController().signal;
    const { offsetOf, apply: onBatch } = own;
    const running = consumers.map((consumer) =>
      consumer.consume({ group: 'g', topics: [topic], offsetOf, onBatch, signal: never }),
    );
    for (let n = 0; n < 60; n++) {
      await producer.publish(topic, [message(`k${n % 6}`, String(n))]);
      if (n % 20 === 10) {
        await owner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`);
      }
    }
    await until(() => own.applied.length >= 60);
    expect(own.applied).toHaveLength(60);
    for (let k = 0; k < 6; k++) {
      expect(own.textsOf(`k${k}`)).toEqual(Array.from({ length: 10 }, (_, index) => String(k + index * 6)));
    }
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await Promise.all(running);
  });

  it('leaves no lock behind when a consumer ends', async () => {
    const consumer = new PostgresBusConsumer(pool);
    const { offsetOf, apply: onBatch } = new OwnOffsets();
    const topics = [{ name: 't', partitions: 4, retentionMs: Infinity }];
    const running = consumer.consume({
      group: 'g',
      topics,
      offsetOf,
      onBatch,
      signal: new AbortController().signal,
    });
    const locks = async (): Promise<bigint> =>
      (
        await owner.query<{ n: bigint }>(
          `SELECT count(*) AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
           WHERE l.locktype = 'advisory'`,
        )
      ).rows[0]?.n ?? 0n;
    await until(async () => (await locks()) === 5n);
    await consumer.close();
    await running;
    await until(async () => (await locks()) === 0n);
  });

  it('says UNAVAILABLE when there is no server', async () => {
    const nowhere = createPool('postgres://nobody@127.0.0.1:1/none', { name: 'test' });
    await expect(
      new PostgresBusProducer(nowhere).publish(TOPICS.usage, [message('k', 'v')]),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'BUS_UNAVAILABLE',
    });
    await nowhere.end();
  });

  it('deletes what outlived its retention, and nothing else', async () => {
    const [finite, forever] = [
      { name: 'finite', partitions: 1, retentionMs: 3_600_000 },
      { name: 'forever', partitions: 1, retentionMs: Infinity },
    ];
    const producer = new PostgresBusProducer(pool);
    for (const topic of [finite, forever]) await producer.publish(topic, [message('k', 'old')]);
    await owner.query(`UPDATE bus.message SET published_at = published_at - interval '2 hours'`);
    for (const topic of [finite, forever]) await producer.publish(topic, [message('k', 'new')]);
    expect((await pool.query('SELECT bus.expire(1000) AS n')).rows).toEqual([{ n: 1n }]);
    const { rows } = await pool.query(`SELECT topic, "offset" FROM bus.message ORDER BY topic, "offset"`);
    expect(rows).toEqual([
      { topic: 'finite', offset: 1n },
      { topic: 'forever', offset: 0n },
      { topic: 'forever', offset: 1n },
    ]);
  });

  it('lets services neither change nor delete messages, and mere producers not even read them', async () => {
    await new PostgresBusProducer(pool).publish(TOPICS.usage, [message('k', 'v')]);
    const gateway = createPool(database.urlAs('gateway'), { name: 'test' });
    await new PostgresBusProducer(gateway).publish(TOPICS.usage, [message('k', 'v')]);
    const refused = { code: '42501' };
    await expect(gateway.query('SELECT FROM bus.message')).rejects.toMatchObject(refused);
    await expect(gateway.query('SELECT bus.expire(1)')).rejects.toMatchObject(refused);
    for (const sql of [
      'DELETE FROM bus.message',
      'UPDATE bus.message SET key = key',
      'UPDATE bus.partition SET next = 0',
    ]) {
      await expect(pool.query(sql)).rejects.toMatchObject(refused);
    }
    await gateway.query(`SELECT bus.ensure_topic($1, $2, 1)`, [TOPICS.usage.name, TOPICS.usage.partitions]);
    const { rows } = await pool.query('SELECT retention_ms FROM bus.topic');
    expect(rows).toEqual([{ retention_ms: BigInt(TOPICS.usage.retentionMs) }]);
    await gateway.end();
  });
});
