import { randomUUID } from 'node:crypto';
import { BEFORE_FIRST, decideAndAppendEach, position, revision } from '@gatehouse/event-store';
import type { EventId } from '@gatehouse/kernel';
import {
  counterAggregate,
  eventStoreContract,
  sampleEvent,
  sampleEvents,
  sampleMetadata,
  uniqueName,
} from '@gatehouse/event-store/testing';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { Client, Pool } from 'pg';
import { PostgresEventStore } from './index';
import { allowTestStreams, CuttingProxy, postgresUnderTest } from './testing';

const MIGRATIONS = ['libs/event-store-postgres/migrations'];

eventStoreContract(
  'Postgres, as the role of a service',
  async () => {
    const database = await testDatabase({ migrations: MIGRATIONS });
    await allowTestStreams(database);
    return postgresUnderTest({
      url: database.urlAs('provisioning'),
      disturberUrl: database.urlAs('registry'),
      cuts: true,
      dispose: () => database.drop(),
    });
  },
  { dense: true, refusesReusedIds: true, monotoneTime: true, writer: 'gatehouse_provisioning' },
);

describe('the log in Postgres', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    await allowTestStreams(database);
    store = PostgresEventStore.connect(database.urlAs('metering'));
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const asking = async <T>(url: string, ask: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await ask(client);
    } finally {
      await client.end();
    }
  };
  const CHANGES = [
    "UPDATE event_store.event SET type = 'Other'",
    'DELETE FROM event_store.event',
    'TRUNCATE event_store.event',
  ];

  describe('of many streams at once', () => {
    const transactionsOf = (streams: readonly string[]) =>
      asking(database.superuserUrl, async (owner) => {
        const sql =
          'SELECT count(DISTINCT xmin::text)::int AS of FROM event_store.event WHERE stream = ANY ($1)';
        return (await owner.query<{ of: number }>(sql, [streams])).rows[0]?.of;
      });
    const streams = Array.from({ length: 200 }, () => uniqueName('each'));
    const metadata = sampleMetadata();

    it('is written in one transaction, and its chain holds, in rising positions', async () => {
      await store.append(streams[0] as string, [sampleEvent()], 'none');
      const appends = streams.map((stream, index) => ({
        stream,
        events: [
          sampleEvent({ index }, { metadata }),
          sampleEvent({}, index === 7 ? {} : { metadata }),
        ].slice(index % 2),
        expected: index === 0 ? revision(0n) : ('none' as const),
      }));
      // 300 events are two transactions, and one was there.
      await store.appendEach(appends);
      expect(await transactionsOf(streams)).toBe(3);
      const read = await store.readEach(streams);
      const positions = [...read.values()].flatMap((events) => events.map((event) => event.position));
      expect(positions).toEqual([...positions].sort((a, b) => Number(a - b)));
      expect((await store.verifyChain()).firstBreak).toBeUndefined();
    });

    it.each([
      ['a stream twice', { p_streams: ['test-a', 'test-a'] }],
      ['an event of no stream', { p_of: [1, 3] }],
      ['a stream without events', { p_of: [1, 1] }],
      ['a stream without a name', { p_streams: ['test-a', ''] }],
      ['fewer expectations than streams', { p_expected: [-1] }],
    ])('is refused as malformed: %s', async (_what, change) => {
      const events = sampleEvents(2);
      const fields = {
        p_streams: ['test-a', 'test-b'],
        p_expected: [-1, -1],
        p_of: [1, 2],
        p_ids: events.map(({ id }) => id),
        p_types: events.map(({ type }) => type),
        p_versions: [1, 1],
        p_data: ['{}', '{}'],
        p_metadata: [JSON.stringify(metadata)],
        ...change,
      };
      await asking(database.urlAs('metering'), async (service) => {
        const sql = 'SELECT event_store.append_each($1, $2, $3, $4, $5, $6, $7, $8)';
        await expect(service.query(sql, Object.values(fields))).rejects.toMatchObject({ code: 'GH400' });
      });
      expect((await store.readEach(['test-a', 'test-b'])).get('test-a')).toEqual([]);
    });
  });

  describe('is read in pages that hold no more than some megabytes', () => {
    const stream = uniqueName('large');
    beforeAll(async () => {
      const text = 'x'.repeat(900_000);
      for (let n = 0; n < 12; n++) await store.append(stream, [sampleEvent({ n, text })], 'any');
    }, 60_000);

    it.each([
      ['whole', undefined],
      ['by streams', [stream]],
    ])('%s', async (_what, streamPrefixes) => {
      const [first] = await store.read(stream, { limit: 1 });
      const sizes: number[] = [];
      const read: unknown[] = [];
      for (let after = position((first?.position ?? 0n) - 1n), end = false; !end;) {
        const page = await store.readAll({ after, limit: 7, ...(streamPrefixes && { streamPrefixes }) });
        sizes.push(page.events.length);
        read.push(...page.events.map(({ data }) => data['n']));
        ({ next: after, end } = page);
      }
      expect(sizes).toEqual([5, 5, 2]);
      expect(read).toEqual(Array.from({ length: 12 }, (_, n) => n));
    });

    it('many streams, some after the others, and one that is too large in its parts', async () => {
      const counted = () =>
        sampleEvent({ by: '1', text: 'x'.repeat(900_000) }, { type: 'Counted', version: 2 });
      const some = Array.from({ length: 6 }, () => uniqueName('some'));
      const [large, absent] = [uniqueName('large'), uniqueName('absent')];
      for (const one of [...some, ...some, ...some.map(() => large)])
        await store.append(one, [counted()], 'any');
      const groups: string[][] = [];
      for await (const group of store.readGroups([...some, large, absent])) groups.push([...group.keys()]);
      expect(groups.flat().sort()).toEqual([...some, absent].sort());
      expect(Math.max(...groups.map(({ length }) => length))).toBeLessThan(some.length);
      const each = await store.readEach([large, absent, ...some]);
      expect([...each].map(([name, events]) => [name, events.length])).toEqual([
        [large, 6],
        [absent, 0],
        ...some.map((one) => [one, 2]),
      ]);
      const commands = [large, absent, ...some].map((one) => ({ stream: one, command: { by: 1n } }));
      const answers = await decideAndAppendEach(store, commands, counterAggregate, {
        metadata: sampleMetadata(),
        ids: { eventId: () => randomUUID() as EventId },
      });
      expect(answers.map((answer) => answer.status === 'fulfilled' && answer.value.state.total)).toEqual([
        7n,
        1n,
        ...some.map(() => 3n),
      ]);
    });

    it('a stream in its parts', async () => {
      const sizes: number[] = [];
      for await (const part of store.readParts(stream)) sizes.push(part.length);
      expect(sizes).toEqual([5, 5, 2]);
    });
  });

  describe('is append-only', () => {
    beforeAll(() => store.append(uniqueName('kept'), sampleEvents(3), 'none'));

    it.each(CHANGES)('for the owner by trigger: %s', (change) =>
      asking(database.superuserUrl, (owner) =>
        expect(owner.query(change)).rejects.toMatchObject({ code: 'GH403' }),
      ),
    );

    it.each([
      ...CHANGES,
      'INSERT INTO event_store.event SELECT * FROM event_store.event',
      'ALTER TABLE event_store.event DISABLE TRIGGER ALL',
      'DROP TABLE event_store.event',
    ])('for the role of a service by grants: %s', (change) =>
      asking(database.urlAs('metering'), (service) =>
        expect(service.query(change)).rejects.toMatchObject({ code: '42501' }),
      ),
    );

    it('and only read by audit, unknown to the gateway', async () => {
      const append = "SELECT event_store.append('s', -2, '{}', '{}', '{}', '{}', '{}')";
      await asking(database.urlAs('audit'), async (audit) => {
        await audit.query('SELECT count(*) FROM event_store.event');
        await expect(audit.query(append)).rejects.toMatchObject({ code: '42501' });
      });
      await asking(database.urlAs('gateway'), async (gateway) => {
        await expect(gateway.query('SELECT count(*) FROM event_store.event')).rejects.toMatchObject({
          code: '42501',
        });
        await expect(gateway.query(append)).rejects.toMatchObject({ code: '42501' });
      });
    });

    it('and is not appended to under an isolation that does not see what others committed', () =>
      asking(database.urlAs('metering'), async (service) => {
        await service.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        const id = sampleEvent().id;
        await expect(
          service.query(`SELECT event_store.append('s', -2, '{${id}}', '{T}', '{1}', '{"{}"}', '{"{}"}')`),
        ).rejects.toMatchObject({ code: 'GH400' });
      }));
  });

  describe('is a chain of hashes', () => {
    const stream = uniqueName('chain');
    /** What somebody could do who owns the table. */
    const tamper = (statement: string): Promise<unknown> =>
      asking(database.superuserUrl, async (owner) => {
        await owner.query('SET session_replication_role = replica');
        await owner.query(statement);
      });

    beforeAll(async () => {
      await store.append(stream, [sampleEvent({ text: 'ünïcödé "\\' }), ...sampleEvents(9)], 'none');
    });

    it('that verifies, in whole and in part', async () => {
      const head = await store.head();
      expect(await store.verifyChain()).toEqual({ checked: Number(head) });
      const range = { after: position(head - 5n), upTo: position(head - 2n) };
      expect(await store.verifyChain(range)).toEqual({ checked: 3 });
    });

    it.each([
      ["stream = stream || 'x'", 'stream = left(stream, -1)'],
      ['revision = revision + 1000', 'revision = revision - 1000'],
      ["recorded_at = recorded_at + interval '1 ms'", "recorded_at = recorded_at - interval '1 ms'"],
      ["data = (data::text || ' ')::json", 'data = rtrim(data::text)::json'],
      ["metadata = (' ' || metadata::text)::json", 'metadata = ltrim(metadata::text)::json'],
      ['version = version + 1', 'version = version - 1'],
      ["type = type || 'x'", 'type = left(type, -1)'],
      ["event_id = 'ffffffff-ffff-8fff-bfff-ffffffffffff'", 'event_id = event_id'],
      ["writer = 'gatehouse_registry'", "writer = 'gatehouse_metering'"],
      ['writer = NULL', "writer = 'gatehouse_metering'"],
    ])('that shows: %s', async (change, undo) => {
      const [event] = await store.read(stream, { from: revision(4n), limit: 1 });
      const at = event?.position ?? BEFORE_FIRST;
      await tamper(`UPDATE event_store.event SET ${change} WHERE "position" = ${at}`);
      const report = await store.verifyChain();
      await tamper(`UPDATE event_store.event SET ${undo} WHERE "position" = ${at}`);
      await tamper(`UPDATE event_store.event SET event_id = '${event?.id}' WHERE "position" = ${at}`);
      expect(report).toEqual({ checked: Number(at), firstBreak: { position: at, fault: 'altered' } });
      expect(await store.verifyChain()).not.toHaveProperty('firstBreak');
    });

    it('that shows an event taken out', async () => {
      const [event] = await store.read(stream, { from: revision(6n), limit: 1 });
      const at = event?.position ?? BEFORE_FIRST;
      await tamper(`DELETE FROM event_store.event WHERE "position" = ${at}`);
      expect((await store.verifyChain()).firstBreak).toEqual({ position: at, fault: 'missing' });
      expect((await store.verifyChain({ after: at })).firstBreak).toEqual({ position: at, fault: 'missing' });
    });
  });

  it('keeps its connection when an append is refused', async () => {
    const pool = new Pool({ connectionString: database.urlAs('metering'), max: 1 });
    const backend = async () =>
      (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const racing = new PostgresEventStore(pool);
    const stream = uniqueName('raced');
    await racing.append(stream, sampleEvents(1), 'none');
    const before = await backend();
    await expect(racing.append(stream, sampleEvents(1), 'none')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await backend()).toBe(before);
    await racing.close();
    await pool.end();
  });

  it('says UNAVAILABLE when the server is away, survives it, and follows on', async () => {
    const proxy = await CuttingProxy.before(database.urlAs('metering'));
    const pool = new Pool({ connectionString: proxy.url });
    const away = new PostgresEventStore(pool, { pollMs: 50 });
    const stream = uniqueName('away');
    const stop = new AbortController();
    const options = { after: await away.head(), streamPrefixes: [stream], signal: stop.signal };
    const seen: bigint[] = [];
    const following = (async () => {
      for await (const { events } of away.subscribe(options)) {
        seen.push(...events.map((event) => event.revision));
        if (seen.includes(2n)) stop.abort();
      }
    })();
    await away.append(stream, sampleEvents(2), 'none');
    await proxy.close();
    await expect(away.append(stream, sampleEvents(1), 'any')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'EVENT_STORE_UNAVAILABLE',
    });
    await expect(away.read(stream)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(away.head()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.append(stream, sampleEvents(1), revision(1n));
    await proxy.open();
    await following;
    expect(seen).toEqual([0n, 1n, 2n]);
    await away.close();
    await pool.end();
    await proxy.close();
  }, 30_000);

  it('tells of an append at once, though it polls only now and then', async () => {
    const follower = PostgresEventStore.connect(database.urlAs('audit'), { pollMs: 60_000 });
    const stream = uniqueName('quick');
    const stop = new AbortController();
    const options = { after: await follower.head(), streamPrefixes: [stream], signal: stop.signal };
    let appendedAt = 0;
    let delayMs = Infinity;
    for await (const { events, caughtUp } of follower.subscribe(options)) {
      if (events.length > 0) {
        delayMs = performance.now() - appendedAt;
        stop.abort();
      } else if (caughtUp && appendedAt === 0) {
        setTimeout(() => {
          appendedAt = performance.now();
          void store.append(stream, sampleEvents(1), 'none');
        }, 300);
      }
    }
    await follower.close();
    // By the poll it would take a minute.
    expect(delayMs).toBeLessThan(15_000);
  }, 30_000);

  it('is followed by the poll where the channel is silent', async () => {
    const deaf = PostgresEventStore.connect(database.urlAs('audit'), { pollMs: 50, channel: 'nothing' });
    const stream = uniqueName('silent');
    const stop = new AbortController();
    setTimeout(() => void store.append(stream, sampleEvents(2), 'none'), 200);
    let seen = 0;
    for await (const { events } of deaf.subscribe({
      after: await store.head(),
      streamPrefixes: [stream],
      signal: stop.signal,
    })) {
      seen += events.length;
      if (seen === 2) stop.abort();
    }
    await deaf.close();
    expect(seen).toBe(2);
  }, 30_000);
});
