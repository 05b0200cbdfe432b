import { randomBytes } from 'node:crypto';
import { InMemoryBus, type BusMessage, type ReceivedMessage } from '@gatehouse/bus';
import { position, revision, type RecordedEvent } from '@gatehouse/event-store';
import { deriveEventId, Signal } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { createPool, inTransaction, type Log } from '@gatehouse/postgres';
import { tablesOf } from './bookkeeping';
import {
  deadLetters,
  Inbox,
  Projector,
  replayDeadLetters,
  replayInboxDeadLetters,
  toBusMessage,
  type Projection,
  type Tx,
} from './index';
import { numbers, ProjectionBench, SERVICE } from './testing/projection-bench';
import { slugEvent, slugProjection, SLUGS } from './testing/slug-projection';

const recorded = (stream: string, n: number): RecordedEvent => ({
  ...slugEvent(stream, n),
  stream,
  revision: revision(BigInt(n)),
  position: position(BigInt(n + 1)),
  recordedAt: new Date(0),
});

const messages = (stream: string, from: number, to: number): BusMessage[] =>
  Array.from({ length: to - from }, (_, index) =>
    toBusMessage(recorded(stream, from + index), '/gatehouse/registry'),
  );

describe('from the bus', () => {
  let bench: ProjectionBench;
  let bus: InMemoryBus;
  let running: { stop(): Promise<void> }[];

  beforeEach(async () => {
    bench = await ProjectionBench.open();
    bus = new InMemoryBus();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await bench.close();
  });

  const publish = (batch: readonly BusMessage[]): Promise<void> => bus.producer().publish(SLUGS, batch);
  const deadCount = (): Promise<number> => bench.count('shop.projection_dead_letter');

  describe('a projection', () => {
    const run = async (
      projection: Projection = slugProjection('bus'),
      log?: Log,
      changes?: Signal,
    ): Promise<Projector> => {
      const projector = new Projector({
        projection,
        pool: bench.pool,
        schema: SERVICE,
        consumer: bus.consumer(),
        ...(changes && { changes }),
        ...(log && { log }),
      });
      running.push(projector);
      await projector.start();
      return projector;
    };
    const has = (stream: string, slugs: readonly string[]): Promise<void> =>
      until(
        async () => (await bench.slugsOf(stream)).length >= slugs.length,
        async () => `${(await bench.slugsOf(stream)).length} of ${slugs.length}`,
      ).then(async () => expect(await bench.slugsOf(stream)).toEqual(slugs));

    it('passes over streams that it does not want, and keeps nothing of them', async () => {
      const source = { kind: 'bus', topics: [SLUGS], streamPrefixes: ['slug-b'] } as const;
      await publish([...messages('slug-a', 0, 2), ...messages('slug-b', 0, 2)]);
      await publish(messages('slug-a', 5, 6));
      await run({ ...slugProjection('bus'), source });
      await has('slug-b', numbers(2));
      await publish(messages('slug-b', 2, 3));
      await has('slug-b', numbers(3));
      expect(await bench.slugsOf('slug-a')).toEqual([]);
      const { rows } = await bench.pool.query(`SELECT stream FROM ${tablesOf(SERVICE).stream}`);
      expect(rows).toEqual([{ stream: 'slug-b' }]);
      expect(await deadCount()).toBe(0);
    });

    it('tells of a change once it is there', async () => {
      const changes = new Signal();
      await run(slugProjection('bus'), undefined, changes);
      await publish(messages('slug-a', 0, 1));
      await changes.wait(0, 5_000, new AbortController().signal);
      expect(changes.mark()).toBe(1);
      expect(await bench.slugsOf('slug-a')).toEqual(numbers(1));
    });

    it('applies what there is and what comes, and goes on after a restart', async () => {
      await publish(messages('slug-a', 0, 5));
      const first = await run();
      await publish(messages('slug-a', 5, 10));
      await has('slug-a', numbers(10));
      await first.stop();
      await publish(messages('slug-a', 10, 15));
      await run();
      await has('slug-a', numbers(15));
      expect(await deadCount()).toBe(0);
    });

    it('passes over events that come again, in one batch and in another', async () => {
      await run();
      await publish([...messages('slug-a', 0, 5), ...messages('slug-a', 3, 8)]);
      await has('slug-a', numbers(8));
      await publish(messages('slug-a', 0, 10));
      await publish(messages('slug-b', 0, 3));
      await has('slug-b', numbers(3));
      await has('slug-a', numbers(10));
      expect(await deadCount()).toBe(0);
    });

    it('keeps what it cannot read or apply, once, and goes on', async () => {
      let cured = false;
      const projection = slugProjection('bus', {
        before: ({ data }) => {
          if (data['slug'] === '1' && !cured) throw new Error('cannot digest 1');
        },
      });
      const garbage: BusMessage = {
        key: 'slug-a',
        headers: { odd: 'yes' },
        value: Buffer.from([0xff, 0, 1]),
      };
      await run(projection);
      await publish([...messages('slug-a', 0, 2), garbage, ...messages('slug-a', 2, 4)]);
      await publish(messages('slug-a', 1, 5));
      await has('slug-a', ['0', '2', '3', '4']);
      const letters = await deadLetters(bench.pool, SERVICE, 'slugs');
      expect(letters.map(({ error }) => error).sort()).toEqual([
        'cannot digest 1',
        'refused: no header ce_source',
      ]);
      const kept = letters.find(({ error }) => error.includes('no header'));
      expect(kept?.origin).toMatchObject({ kind: 'bus', topic: SLUGS.name, offset: 2n });
      expect(kept?.message.headers).toEqual({ odd: 'yes' });
      expect(Buffer.from(kept?.message.value ?? []).equals(garbage.value)).toBe(true);
      cured = true;
      const replay = replayDeadLetters({ projection, pool: bench.pool, schema: SERVICE });
      await expect(replay).resolves.toEqual({ replayed: 1, failed: 1 });
      await has('slug-a', numbers(5));
    });

    it('applies nothing twice when its process dies between apply and commit', async () => {
      let deaths = 0;
      const killer = createPool(bench.database.url, { name: 'killer', max: 1 });
      await run(
        slugProjection('bus', {
          before: async ({ revision }) => {
            if (revision % 4n !== 3n || deaths >= 3) return;
            deaths++;
            await killer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND state = 'idle in transaction'`);
          },
        }),
      );
      await publish(messages('slug-a', 0, 20));
      await has('slug-a', numbers(20));
      expect(deaths).toBe(3);
      expect(await deadCount()).toBe(0);
      await killer.end();
    });

    describe('takes nobody for another', () => {
      const forged = (n: number, change: (message: BusMessage) => BusMessage): BusMessage =>
        change(
          toBusMessage(
            { ...recorded('slug-a', n), id: deriveEventId('forged', String(n)) },
            '/gatehouse/registry',
          ),
        );
      const header = (name: string, text: string) => (message: BusMessage) => ({
        ...message,
        headers: { ...message.headers, [name]: text },
      });
      const without = (name: string) => (message: BusMessage) => {
        const { [name]: _gone, ...headers } = message.headers;
        return { ...message, headers };
      };
      const letters = () => deadLetters(bench.pool, SERVICE, 'slugs');
      const LONG = `slug-${randomBytes(4_000).toString('hex')}`;

      it.each<[string, (message: BusMessage) => BusMessage, string]>([
        ['source', header('ce_source', '/gatehouse/gateway'), 'source /gatehouse/gateway on'],
        ['absent source', without('ce_source'), 'no header ce_source'],
        [
          'type of another stream',
          header('ce_type', 'IntegrationConnected'),
          'IntegrationConnected in stream',
        ],
        ['unheard type', header('ce_type', 'Unheard'), 'Unheard in stream slug-a'],
        [
          "stream of another's",
          (message) => header('ce_subject', 'apikey-1')({ ...message, key: 'apikey-1' }),
          'stream apikey-1 on',
        ],
        [
          'stream that is too long for any log',
          (message) => header('ce_revision', '0')(header('ce_subject', LONG)({ ...message, key: LONG })),
          'stream of 8005 characters',
        ],
        [
          'stream with a zero byte',
          (message) => header('ce_subject', 'slug-%00')({ ...message, key: 'slug-\0' }),
          'stream with a NUL character',
        ],
        [
          'key that is not the stream',
          (message) => ({ ...message, key: 'slug-b' }),
          'key slug-b of stream slug-a',
        ],
        ['revision that is none', header('ce_revision', '-1'), 'revision -1'],
      ])('refuses a wrong %s, which moves nothing', async (_what, change, reason) => {
        const error = jest.fn<void, [object, string]>();
        await run(slugProjection('bus'), { warn: jest.fn(), info: jest.fn(), error });
        await publish(messages('slug-a', 0, 2));
        await has('slug-a', numbers(2));
        await publish([forged(2, change)]);
        await until(async () => (await deadCount()) === 1);
        await publish(messages('slug-a', 2, 4));
        await has('slug-a', numbers(4));
        expect(await bench.count('shop_slugs.seen')).toBe(4);
        const [letter] = await letters();
        expect(letter).toMatchObject({ refused: true });
        expect(letter?.error).toContain(`refused: ${reason}`);
        expect(error.mock.calls).toEqual([
          [expect.objectContaining({ reason: letter?.error, refused: true }), 'a message is a dead letter'],
        ]);
        const replay = replayDeadLetters({
          projection: slugProjection('bus'),
          pool: bench.pool,
          schema: SERVICE,
        });
        await expect(replay).resolves.toEqual({ replayed: 0, failed: 1 });
        expect(await bench.count('shop_slugs.seen')).toBe(4);
      });

      it.each(['7', '9007199254740993'])(
        'refuses revision %s where the next is 2, and applies the true ones up to it',
        async (revision) => {
          await run();
          await publish([...messages('slug-a', 0, 2), forged(2, header('ce_revision', revision))]);
          await publish(messages('slug-a', 2, 10));
          await has('slug-a', numbers(10));
          const [letter, ...others] = await letters();
          expect(others).toEqual([]);
          expect(letter?.error).toBe(`refused: revision ${revision} of stream slug-a, whose next is 2`);
        },
      );

      it('refuses a stream that does not begin at 0', async () => {
        await run();
        await publish(messages('slug-a', 1, 2));
        await until(async () => (await deadCount()) === 1);
        await publish(messages('slug-a', 0, 3));
        await has('slug-a', numbers(3));
      });

      it('replays what came before its turn once its turn has come, in order', async () => {
        await run();
        await publish([
          ...messages('slug-a', 0, 1),
          ...messages('slug-a', 2, 5),
          ...messages('slug-a', 2, 5),
        ]);
        await until(async () => (await deadCount()) === 6);
        const replay = () =>
          replayDeadLetters({ projection: slugProjection('bus'), pool: bench.pool, schema: SERVICE });
        await expect(replay()).resolves.toEqual({ replayed: 0, failed: 6 });
        await publish(messages('slug-a', 1, 2));
        await has('slug-a', numbers(2));
        await expect(replay()).resolves.toEqual({ replayed: 6, failed: 0 });
        await publish(messages('slug-a', 5, 6));
        await has('slug-a', numbers(6));
      });

      it('goes on after poison, and takes none of it for new when it comes again', async () => {
        let cured = false;
        const before = ({ revision: n }: RecordedEvent): void => {
          if (n === 1n && !cured) throw new Error('cannot digest 1');
        };
        await run(slugProjection('bus', { before }));
        await publish(messages('slug-a', 0, 2));
        await until(async () => (await deadCount()) === 1);
        cured = true;
        await publish(messages('slug-a', 1, 3));
        await has('slug-a', ['0', '2']);
        const projection = slugProjection('bus', { before });
        const replay = replayDeadLetters({ projection, pool: bench.pool, schema: SERVICE });
        await expect(replay).resolves.toEqual({ replayed: 1, failed: 0 });
        await has('slug-a', numbers(3));
      });
    });
  });

  describe('an inbox', () => {
    const keep = async (tx: Tx, received: readonly ReceivedMessage[]): Promise<void> => {
      for (const { key, value } of received) {
        const text = Buffer.from(value).toString('utf8');
        if (text === 'poison') throw new Error('poison');
        await tx.query('INSERT INTO shop.kept (key, text) VALUES ($1, $2)', [key, text]);
      }
    };
    const inbox = (handle: typeof keep = keep): Inbox => {
      const made = new Inbox({
        name: 'usage',
        topics: [SLUGS],
        pool: bench.pool,
        schema: SERVICE,
        consumer: bus.consumer(),
        handle,
      });
      running.push(made);
      return made;
    };
    const kept = async (): Promise<string[]> =>
      (await bench.pool.query<{ text: string }>('SELECT text FROM shop.kept ORDER BY n')).rows.map(
        ({ text }) => text,
      );
    const text = (value: string): BusMessage => ({ key: 'k', headers: {}, value: Buffer.from(value) });

    beforeEach(() => bench.pool.query('CREATE TABLE shop.kept (n serial, key text, text text)'));

    it('handles each message once over many members and restarts', async () => {
      const first = inbox();
      const second = inbox();
      first.start();
      second.start();
      const all = Array.from({ length: 60 }, (_, n) => ({ ...text(String(n)), key: `k${n % 7}` }));
      for (const one of all.slice(0, 30)) await publish([one]);
      await first.stop();
      const third = inbox();
      third.start();
      for (const one of all.slice(30)) await publish([one]);
      await until(async () => (await kept()).length >= 60);
      expect((await kept()).sort()).toEqual(all.map(({ value }) => Buffer.from(value).toString()).sort());
    });

    it('knows when all is applied that the bus has, whoever applies it', async () => {
      const asked = inbox();
      expect(await asked.catchUp(0)).toBe(true);
      await publish(numbers(9).map((n) => ({ ...text(n), key: `k${n}` })));
      expect(await asked.catchUp(0)).toBe(false);
      const caughtUp = asked.catchUp(10_000);
      inbox().start();
      expect(await caughtUp).toBe(true);
      expect(await kept()).toHaveLength(9);
    });

    it('buries poison alone, and replays it', async () => {
      await publish([text('a'), text('poison'), text('b')]);
      inbox().start();
      await until(async () => (await kept()).length === 2);
      expect(await kept()).toEqual(['a', 'b']);
      expect(await deadCount()).toBe(1);
      const handle = (tx: Tx) => keep(tx, [{ ...text('c'), topic: '', partition: 0, offset: 0n }]);
      await expect(
        replayInboxDeadLetters({ name: 'usage', pool: bench.pool, schema: SERVICE, handle }),
      ).resolves.toEqual({ replayed: 1, failed: 0 });
      expect(await kept()).toEqual(['a', 'b', 'c']);
    });

    it.each<[string, BusMessage]>([
      ['a zero byte in its key', { ...text('poison'), key: 'k\0' }],
      ['a zero byte in a header', { ...text('poison'), headers: { 'odd\0': 'y\0s' } }],
      [
        'an id that no index takes',
        {
          ...text('poison'),
          headers: { ce_source: '/gatehouse/gateway', ce_id: randomBytes(4_000).toString('hex') },
        },
      ],
    ])('buries poison with %s', async (_what, poison) => {
      await publish([poison, { ...text('a'), key: poison.key }, poison]);
      await publish([{ ...text('b'), key: poison.key }]);
      inbox(async (tx, received) => {
        if (received.some(({ value }) => Buffer.from(value).toString() === 'poison'))
          throw new Error('\0poison');
        await keep(
          tx,
          received.map((message) => ({ ...message, key: 'k' })),
        );
      }).start();
      await until(async () => (await kept()).length === 2);
      const letters = await deadLetters(bench.pool, SERVICE);
      expect(new Set(letters.map(({ error }) => error))).toEqual(new Set(['\ufffdpoison']));
      const handle = () => Promise.reject(new Error('again \0'));
      const replay = replayInboxDeadLetters({ name: 'usage', pool: bench.pool, schema: SERVICE, handle });
      await expect(replay).resolves.toEqual({ replayed: 0, failed: letters.length });
    });

    it('refuses a batch that another has applied', async () => {
      const message = { ...text('a'), topic: SLUGS.name, partition: 1, offset: 0n };
      const batch = { topic: SLUGS.name, partition: 1, from: 0n, next: 1n, messages: [message] };
      await inbox().receive(batch);
      await expect(inbox().receive(batch)).rejects.toMatchObject({ reason: 'OFFSET_MOVED' });
      const races = [1n, 1n, 1n].map((from) => inbox().receive({ ...batch, from, next: 2n }));
      const outcomes = await Promise.allSettled(races);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await kept()).toEqual(['a', 'a']);
    });

    /** What the suite must notice: the offset is committed before the message is applied. */
    it('would lose messages if it committed offsets before applying (mutation)', async () => {
      let fail = true;
      const { offset } = tablesOf(SERVICE);
      const stopping = new AbortController();
      const mutant = bus.consumer().consume({
        group: 'mutant',
        topics: [SLUGS],
        signal: stopping.signal,
        offsetOf: async (topic, partition) => {
          const { rows } = await bench.pool.query<{ next: bigint }>(
            `SELECT next FROM ${offset} WHERE name = 'mutant' AND topic = $1 AND partition = $2`,
            [topic, partition],
          );
          return rows[0]?.next ?? 0n;
        },
        onBatch: async (batch) => {
          await bench.pool.query(
            `INSERT INTO ${offset} VALUES ('mutant', $1, $2, $3)
             ON CONFLICT (name, topic, partition) DO UPDATE SET next = $3`,
            [batch.topic, batch.partition, batch.next],
          );
          if (fail) {
            fail = false;
            throw new Error('died between commit and apply');
          }
          await inTransaction(bench.pool, (tx) => keep(tx, batch.messages));
        },
      });
      await publish([text('0')]);
      await until(() => !fail);
      await publish([text('1')]);
      await until(async () => (await kept()).includes('1'));
      stopping.abort();
      await mutant;
      expect(await kept()).not.toEqual(['0', '1']);
    });

    it('loses nothing in the same run (what the mutation proves)', async () => {
      let fail = true;
      inbox(async (tx, received) => {
        await keep(tx, received);
        if (!fail) return;
        fail = false;
        throw Object.assign(new Error('died between apply and commit'), { code: '57P01' });
      }).start();
      await publish([text('0')]);
      await until(() => !fail);
      await publish([text('1')]);
      await until(async () => (await kept()).includes('1'));
      expect(await kept()).toEqual(['0', '1']);
    });
  });
});
