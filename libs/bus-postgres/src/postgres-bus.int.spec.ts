import type { BusMessage, Topic } from '@gatehouse/bus';
import { busContract, OwnOffsets } from '@gatehouse/bus/testing';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { until } from '@gatehouse/kernel/testing';
import { createPool } from '@gatehouse/postgres';
import { factsOf, SERVICE_NAMES, type ServiceName, type TopicKey, TOPICS } from '@gatehouse/topology';
import type { Pool } from 'pg';
import { PostgresBusConsumer, PostgresBusProducer } from './index';

const MIGRATIONS = ['libs/bus-postgres/migrations'];

const message = (key: string, value: string): BusMessage => ({ key, headers: {}, value: Buffer.from(value) });

/** What the migrator does for the product's topics, for one of a test. */
const makeTopic = async (owner: Pool, { name, partitions, retentionMs }: Topic): Promise<void> => {
  const retention = Number.isFinite(retentionMs) ? retentionMs : null;
  await owner.query('SELECT bus.ensure_topic($1, $2, $3)', [name, partitions, retention]);
  await owner.query("INSERT INTO bus.publisher VALUES ($1, 'gatehouse_metering')", [name]);
};

busContract('the bus on Postgres', async () => {
  const database = await testDatabase({ migrations: MIGRATIONS });
  const owner = createPool(database.url, { name: 'owner' });
  const pool = createPool(database.urlAs('metering'), { name: 'contract', max: 10 });
  return {
    createTopic: (topic) => makeTopic(owner, topic),
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
      await owner.end();
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

  it('gives offsets out densely and in the order of commits, whatever is rolled back', async () => {
    const topic = { name: 't', partitions: 1, retentionMs: Infinity };
    await makeTopic(owner, topic);
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
    await makeTopic(owner, topic);
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
    for (const topic of topics) await makeTopic(owner, topic);
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
    for (const topic of [finite, forever]) await makeTopic(owner, topic);
    for (const topic of [finite, forever]) await producer.publish(topic, [message('k', 'old')]);
    await owner.query(`UPDATE bus.message SET published_at = published_at - interval '2 hours'`);
    for (const topic of [finite, forever]) await producer.publish(topic, [message('k', 'new')]);
    expect((await pool.query('SELECT bus.expire() AS n')).rows).toEqual([{ n: 1n }]);
    const { rows } = await pool.query(`SELECT topic, "offset" FROM bus.message ORDER BY topic, "offset"`);
    expect(rows).toEqual([
      { topic: 'finite', offset: 1n },
      { topic: 'forever', offset: 0n },
      { topic: 'forever', offset: 1n },
    ]);
  });

  it('keeps what it holds while another deletes, and does not wait for it', async () => {
    const topic = { name: 'finite', partitions: 1, retentionMs: 3_600_000 };
    await makeTopic(owner, topic);
    await new PostgresBusProducer(pool).publish(topic, [message('k', 'old')]);
    await owner.query(`UPDATE bus.message SET published_at = published_at - interval '2 hours'`);
    const other = await owner.connect();
    await other.query('BEGIN');
    await other.query('SELECT bus.expire()');
    expect((await pool.query('SELECT bus.expire() AS n')).rows).toEqual([{ n: 0n }]);
    await other.query('ROLLBACK');
    other.release();
    expect((await pool.query('SELECT bus.expire() AS n')).rows).toEqual([{ n: 1n }]);
  });

  it('waits for a topic that nobody has made yet', async () => {
    const topic = { name: 'to-come', partitions: 2, retentionMs: Infinity };
    const own = new OwnOffsets();
    const stop = new AbortController();
    const unknown = { code: 'UNAVAILABLE', reason: 'TOPIC_UNKNOWN', metadata: { topic: 'to-come' } };
    const producer = new PostgresBusProducer(pool);
    await expect(producer.publish(topic, [message('k', 'v')])).rejects.toMatchObject(unknown);
    const consumer = new PostgresBusConsumer(pool);
    const { offsetOf, apply: onBatch } = own;
    const running = consumer.consume({ group: 'g', topics: [topic], offsetOf, onBatch, signal: stop.signal });
    await makeTopic(owner, topic);
    await producer.publish(topic, [message('k', 'v')]);
    await until(() => own.applied.length === 1);
    stop.abort();
    await running;
  });
});

describe('what a role may do on the bus on Postgres', () => {
  let database: TestDatabase;
  const pools = new Map<ServiceName, Pool>();
  beforeAll(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    for (const service of SERVICE_NAMES) {
      pools.set(service, createPool(database.urlAs(service), { name: service, max: 2 }));
    }
  }, 120_000);
  afterAll(async () => {
    for (const pool of pools.values()) await pool.end();
    await database.drop();
  });
  const as = (service: ServiceName): Pool => pools.get(service) as Pool;
  const refused = { code: '42501' };
  /** As an attacker would, without asking our own code first. */
  const publish = (service: ServiceName, topic: TopicKey): Promise<unknown> =>
    as(service).query("SELECT bus.publish($1, '{k}', '{\"{}\"}', '{v}')", [TOPICS[topic].name]);

  const eachTopic = SERVICE_NAMES.flatMap((service) =>
    (Object.keys(TOPICS) as TopicKey[]).map((topic) => [service, topic] as const),
  );

  it.each(eachTopic)('%s, publish to %s: its own alone', async (service, topic) => {
    const { publishes, consumes } = factsOf(service);
    const known = publishes.length + consumes.length > 0;
    if (publishes.includes(topic)) await publish(service, topic);
    else await expect(publish(service, topic)).rejects.toMatchObject(known ? { code: 'GH403' } : refused);
  });

  it('is told in the words of the port', () =>
    expect(
      new PostgresBusProducer(as('gateway')).publish(TOPICS.provisioningEvents, [message('k', 'forged')]),
    ).rejects.toMatchObject({ code: 'FORBIDDEN', reason: 'TOPIC_NOT_YOURS' }));

  it.each(SERVICE_NAMES)(
    '%s, neither make topics, nor keep them shorter, nor grant itself one',
    async (service) => {
      const { name, partitions } = TOPICS.usage;
      for (const attempt of [
        `SELECT bus.ensure_topic('${name}', ${partitions}, 1)`,
        "SELECT bus.ensure_topic('mine', 1, NULL)",
        'UPDATE bus.topic SET retention_ms = 1',
        `INSERT INTO bus.publisher VALUES ('${TOPICS.provisioningEvents.name}', 'gatehouse_${service}')`,
        'DELETE FROM bus.message',
        'UPDATE bus.message SET key = key',
        'UPDATE bus.partition SET next = 0',
        "INSERT INTO bus.message VALUES ('t', 0, 0, 'k', '{}', 'v', now())",
      ]) {
        await expect(as(service).query(attempt)).rejects.toMatchObject(refused);
      }
    },
  );

  it.each(SERVICE_NAMES.filter((service) => factsOf(service).consumes.length === 0))(
    '%s, who consumes nothing, read no message and delete none',
    async (service) => {
      await expect(as(service).query('SELECT FROM bus.message')).rejects.toMatchObject(refused);
      await expect(as(service).query('SELECT bus.expire()')).rejects.toMatchObject(refused);
    },
  );

  it("take SET ROLE's word for nothing", () =>
    expect(as('gateway').query('SET ROLE gatehouse_provisioning')).rejects.toMatchObject(refused));
});
