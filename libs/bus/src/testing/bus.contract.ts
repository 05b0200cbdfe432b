import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, until } from '@gatehouse/kernel/testing';
import type { BusConsumer, BusMessage, BusProducer, ConsumeOptions, MessageBatch, Topic } from '../bus';
import { OwnOffsets } from './own-offsets';

/** A bus under test. Each producer and consumer is a new one, as another process would have it. */
export interface BusHarness {
  /** As whoever may make topics: the members of the bus only use them. */
  createTopic(topic: Topic): Promise<void>;
  producer(): BusProducer;
  consumer(): BusConsumer;
  /** Milliseconds that the bus itself says it keeps the topic's messages; Infinity for ever. */
  retentionOf(topic: string): Promise<number | undefined>;
  close(): Promise<void>;
}

interface Member {
  /** Ends it as a process that is told to stop would. */
  stop(): Promise<void>;
}

const text = (key: string, value: string): BusMessage => ({ key, headers: {}, value: Buffer.from(value) });

/** Rises by one per key: `key:0`, `key:1` … */
const numbered = (keys: readonly string[], from: number, count: number): BusMessage[] =>
  Array.from({ length: count }, (_, index) => index + from).flatMap((n) =>
    keys.map((key) => text(key, `${key}:${n}`)),
  );

const expectedOf = (key: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${key}:${index}`);

/** What every bus does; `waitMs` is how long a delivery may take, `atOnceMax` of how many partitions it has batches in hand at once. */
export const busContract = (
  name: string,
  factory: () => Promise<BusHarness>,
  { waitMs = 15_000, atOnceMax = 1 }: { readonly waitMs?: number; readonly atOnceMax?: number } = {},
): void => {
  describe(`${name} as a bus`, () => {
    let bus: BusHarness;
    let producer: BusProducer;
    let members: Member[] = [];
    let sequence = 0;

    beforeAll(async () => {
      bus = await factory();
      producer = bus.producer();
    }, 120_000);
    afterAll(async () => {
      await producer?.close();
      await bus?.close();
    }, 60_000);
    beforeEach(() => {
      members = [];
    });
    afterEach(async () => {
      await Promise.all(members.map((member) => member.stop()));
    }, 60_000);

    const newTopic = async (options: Partial<Topic> = {}): Promise<Topic> => {
      const topic = {
        name: `contract.${process.pid}.${Date.now()}.${sequence++}`,
        partitions: 6,
        retentionMs: Infinity,
        ...options,
      };
      await bus.createTopic(topic);
      return topic;
    };

    const join = (
      topics: readonly Topic[],
      group: string,
      handling: Omit<ConsumeOptions, 'group' | 'topics' | 'signal'>,
    ): Member => {
      const consumer = bus.consumer();
      const stopping = new AbortController();
      const running = consumer.consume({ group, topics, ...handling, signal: stopping.signal });
      running.catch(() => undefined);
      const stop = async (): Promise<void> => {
        stopping.abort();
        await running;
        await consumer.close();
      };
      const member = { stop };
      members.push(member);
      return member;
    };

    const reading = ({ offsetOf, apply }: OwnOffsets): Pick<ConsumeOptions, 'offsetOf' | 'onBatch'> => ({
      offsetOf,
      onBatch: apply,
    });

    const sees = (holds: () => boolean, what: string | (() => string)) => until(holds, what, waitMs);

    const applied = (own: OwnOffsets, count: number) =>
      sees(
        () => own.applied.length >= count,
        () => `${own.applied.length} of ${count} messages`,
      );

    it('delivers every message once, in order per key', async () => {
      const topic = await newTopic();
      const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
      const own = new OwnOffsets();
      await producer.publish(topic, numbered(keys, 0, 10));
      join([topic], topic.name, reading(own));
      for (let n = 10; n < 50; n += 10) await producer.publish(topic, numbered(keys, n, 10));
      await applied(own, 500);
      expect(own.applied).toHaveLength(500);
      for (const key of keys) expect(own.textsOf(key)).toEqual(expectedOf(key, 50));
    });

    it.each([
      [undefined, 500],
      [1_000, 1_000],
    ])('puts no more into a batch than the consumer takes: %s', async (batchMax, most) => {
      const topic = await newTopic();
      const own = new OwnOffsets();
      const sizes: number[] = [];
      await producer.publish(topic, numbered(['key'], 0, 2_400));
      join([topic], topic.name, {
        offsetOf: own.offsetOf,
        onBatch: async (batch) => {
          sizes.push(batch.messages.length);
          await own.apply(batch);
        },
        ...(batchMax !== undefined && { batchMax }),
      });
      await applied(own, 2_400);
      expect(Math.max(...sizes)).toBe(most);
      expect(own.textsOf('key')).toEqual(expectedOf('key', 2_400));
    });

    it.each([1, 2])(
      'has batches of no more partitions in hand at once than the consumer takes: %i',
      async (atOnce) => {
        const topic = await newTopic();
        const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
        const own = new OwnOffsets();
        const inHand = new Set<number>();
        let most = 0;
        await producer.publish(topic, numbered(keys, 0, 20));
        join([topic], topic.name, {
          offsetOf: own.offsetOf,
          onBatch: async (batch) => {
            expect(inHand.has(batch.partition)).toBe(false);
            most = Math.max(most, inHand.add(batch.partition).size);
            await sleep(20);
            inHand.delete(batch.partition);
            await own.apply(batch);
          },
          batchMax: 10,
          partitionsAtOnce: atOnce,
        });
        const wanted = Math.min(atOnce, atOnceMax);
        // The members of one consumer join one after the other: the first has all partitions until the last has come.
        let count = 20;
        for (; most < wanted && count < 400; count += 2) {
          await producer.publish(topic, numbered(keys, count, 2));
          await sleep(50);
        }
        await applied(own, keys.length * count);
        expect(most).toBe(wanted);
        for (const key of keys) expect(own.textsOf(key)).toEqual(expectedOf(key, count));
      },
    );

    it('keeps one key in one partition, at rising offsets, and uses more than one partition', async () => {
      const topic = await newTopic();
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const own = new OwnOffsets();
      await producer.publish(topic, numbered(keys, 0, 5));
      join([topic], topic.name, reading(own));
      await applied(own, 100);
      for (const key of keys) {
        const mine = own.applied.filter((message) => message.key === key);
        expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
        expect(mine.map(({ offset }) => offset)).toEqual(
          mine.map(({ offset }) => offset).sort((a, b) => Number(a - b)),
        );
      }
      expect(new Set(own.applied.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    });

    it('gives back keys, headers and bytes as they were published', async () => {
      const topic = await newTopic();
      const own = new OwnOffsets();
      const headers = {
        ce_id: 'a',
        ce_reason: '%C3%A9t%C3%A9',
        'content-type': 'application/protobuf',
        empty: '',
      };
      const value = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      await producer.publish(topic, [{ key: 'ключ', headers, value }]);
      await producer.publish(topic, [{ key: 'ключ', headers: {}, value: Buffer.alloc(0) }]);
      join([topic], topic.name, reading(own));
      await applied(own, 2);
      expect(own.applied[0]).toMatchObject({ key: 'ключ', headers, topic: topic.name });
      expect(Buffer.from(own.applied[0]?.value ?? []).equals(value)).toBe(true);
      expect(own.applied[1]?.headers).toEqual({});
      expect(own.applied[1]?.value).toHaveLength(0);
    });

    it('carries messages of nearly 1 MiB', async () => {
      const topic = await newTopic({ partitions: 1 });
      const own = new OwnOffsets();
      const values = Array.from({ length: 12 }, () => randomBytes(1_000_000));
      await producer.publish(
        topic,
        values.map((value, index) => ({ key: `key-${index}`, headers: { n: String(index) }, value })),
      );
      join([topic], topic.name, reading(own));
      await applied(own, values.length);
      expect(own.applied.every(({ value }, index) => values[index]?.equals(value))).toBe(true);
    });

    it('publishes nothing when given nothing', async () => {
      await expect(producer.publish(await newTopic(), [])).resolves.toBeUndefined();
    });

    it('refuses a topic with another number of partitions', async () => {
      const topic = await newTopic({ partitions: 2 });
      await producer.publish(topic, [text('k', 'v')]);
      await expect(
        bus.producer().publish({ ...topic, partitions: 3 }, [text('k', 'v')]),
      ).rejects.toMatchObject({
        code: 'CONFLICT',
        reason: 'TOPIC_PARTITIONS_DIFFER',
      });
    });

    it('goes on where the consumer itself says, over restarts', async () => {
      const topic = await newTopic();
      const keys = ['a', 'b', 'c'];
      const own = new OwnOffsets();
      await producer.publish(topic, numbered(keys, 0, 20));
      const first = join([topic], topic.name, reading(own));
      await applied(own, 60);
      await first.stop();
      await producer.publish(topic, numbered(keys, 20, 20));
      join([topic], topic.name, reading(own));
      await applied(own, 120);
      for (const key of keys) expect(own.textsOf(key)).toEqual(expectedOf(key, 40));
    });

    it('begins anew for a consumer that remembers nothing, even in a group that read it all', async () => {
      const topic = await newTopic();
      const own = new OwnOffsets();
      await producer.publish(topic, numbered(['a', 'b'], 0, 10));
      const first = join([topic], topic.name, reading(own));
      await applied(own, 20);
      await first.stop();
      const forgetful = new OwnOffsets();
      join([topic], topic.name, reading(forgetful));
      await applied(forgetful, 20);
      expect(forgetful.textsOf('a')).toEqual(expectedOf('a', 10));
    });

    it('brings a batch again when its handler throws, and skips nothing', async () => {
      const topic = await newTopic({ partitions: 2 });
      const own = new OwnOffsets();
      let failures = 0;
      await producer.publish(topic, numbered(['a', 'b', 'c'], 0, 10));
      join([topic], topic.name, {
        offsetOf: own.offsetOf,
        onBatch: async (batch) => {
          if (failures++ < 4) throw new Error('not now');
          await own.apply(batch);
        },
      });
      await applied(own, 30);
      await producer.publish(topic, numbered(['a', 'b', 'c'], 10, 10));
      await applied(own, 60);
      for (const key of ['a', 'b', 'c']) expect(own.textsOf(key)).toEqual(expectedOf(key, 20));
      expect(failures).toBeGreaterThan(4);
    });

    it('tries again when the consumer cannot say its offset', async () => {
      const topic = await newTopic({ partitions: 1 });
      const own = new OwnOffsets();
      let asked = 0;
      await producer.publish(topic, numbered(['a'], 0, 5));
      join([topic], topic.name, {
        offsetOf: async (...where) => {
          if (asked++ < 2) throw new Error('the database is away');
          return own.offsetOf(...where);
        },
        onBatch: own.apply,
      });
      await applied(own, 5);
      expect(own.textsOf('a')).toEqual(expectedOf('a', 5));
    });

    it('carries several topics in one group', async () => {
      const [one, two] = [await newTopic(), await newTopic({ partitions: 3 })];
      const own = new OwnOffsets();
      join([one, two], one.name, reading(own));
      await producer.publish(one, numbered(['a'], 0, 10));
      await producer.publish(two, numbered(['b'], 0, 10));
      await applied(own, 20);
      expect(own.textsOf('a')).toEqual(expectedOf('a', 10));
      expect(own.textsOf('b')).toEqual(expectedOf('b', 10));
      expect(new Set(own.applied.map((message) => message.topic))).toEqual(new Set([one.name, two.name]));
    });

    it('gives every group all messages', async () => {
      const topic = await newTopic();
      const [one, two] = [new OwnOffsets(), new OwnOffsets()];
      join([topic], `${topic.name}.one`, reading(one));
      join([topic], `${topic.name}.two`, reading(two));
      await producer.publish(topic, numbered(['a', 'b'], 0, 10));
      await applied(one, 20);
      await applied(two, 20);
      expect(two.textsOf('a')).toEqual(expectedOf('a', 10));
    });

    it('divides partitions between two members, and loses nothing when they come and go under load', async () => {
      const topic = await newTopic({ partitions: 8 });
      const keys = Array.from({ length: 24 }, (_, index) => `key-${index}`);
      const own = new OwnOffsets();
      const by = { one: 0, two: 0 };
      const handling = (who: keyof typeof by): Pick<ConsumeOptions, 'offsetOf' | 'onBatch'> => ({
        offsetOf: own.offsetOf,
        onBatch: async (batch) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          await own.apply(batch);
          by[who] += batch.messages.length;
        },
      });
      let published = 0;
      const load = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n++) {
          await producer.publish(topic, numbered(keys, published++, 1));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const shared = async (): Promise<void> => {
        const [one, two] = [by.one, by.two];
        const deadline = Date.now() + waitMs;
        while (by.one === one || by.two === two) {
          if (Date.now() > deadline) throw new Error(`one member got nothing: ${JSON.stringify(by)}`);
          await load(5);
        }
      };
      join([topic], topic.name, handling('one'));
      await load(20);
      const second = join([topic], topic.name, handling('two'));
      await shared();
      const loading = load(60);
      await second.stop();
      await loading;
      await load(10);
      await applied(own, published * keys.length);
      for (const key of keys) expect(own.textsOf(key)).toEqual(expectedOf(key, published));
      expect(own.applied).toHaveLength(published * keys.length);
    }, 60_000);

    it("refuses a zombie's batch: what another applied meanwhile is not applied again", async () => {
      const topic = await newTopic({ partitions: 1 });
      const own = new OwnOffsets();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const inHand: MessageBatch[] = [];
      await producer.publish(topic, numbered(['a'], 0, 10));
      // Another group with the same record: as if the bus had given the partition away while the first one slept.
      join([topic], `${topic.name}.zombie`, {
        offsetOf: own.offsetOf,
        onBatch: async (batch) => {
          inHand.push(batch);
          await held;
          await own.apply(batch);
        },
      });
      await sees(() => inHand.length > 0, 'a batch in hand');
      const heir = join([topic], `${topic.name}.heir`, reading(own));
      await applied(own, 10);
      await heir.stop();
      release();
      await sees(() => own.refusals > 0, 'a refusal');
      await producer.publish(topic, numbered(['a'], 10, 10));
      await applied(own, 20);
      expect(own.textsOf('a')).toEqual(expectedOf('a', 20));
    });

    it('ends with the batch in hand when told to', async () => {
      const topic = await newTopic({ partitions: 1 });
      const own = new OwnOffsets();
      let entered = false;
      await producer.publish(topic, numbered(['a'], 0, 3));
      const member = join([topic], topic.name, {
        offsetOf: own.offsetOf,
        onBatch: async (batch) => {
          entered = true;
          await new Promise((resolve) => setTimeout(resolve, 200));
          await own.apply(batch);
        },
      });
      await sees(() => entered, 'a delivery');
      await member.stop();
      expect(own.applied.length).toBeGreaterThan(0);
    });

    it('says where a topic ends, whoever has consumed it, and nothing of partitions without messages', async () => {
      const topic = await newTopic({ partitions: 4 });
      const consumer = bus.consumer();
      try {
        // Who leads a new topic is heard of some time after it was made.
        await eventually(async () => expect(await consumer.endsOf(topic)).toEqual(new Map()), waitMs);
        const own = new OwnOffsets();
        join([topic], topic.name, reading(own));
        await producer.publish(topic, numbered(['a', 'b'], 0, 5));
        await applied(own, 10);
        const ends = new Map(own.applied.map(({ partition, offset }) => [partition, offset + 1n]));
        expect(await consumer.endsOf(topic)).toEqual(ends);
        const [[partition, end] = [0, 0n]] = [...ends].filter(([, end]) => end > 0n);
        const [key = ''] = own.applied.filter((each) => each.partition === partition).map((each) => each.key);
        await producer.publish(topic, numbered([key], 5, 3));
        expect((await consumer.endsOf(topic)).get(partition)).toBe(end + 3n);
        const other = { ...topic, partitions: 5 };
        await expect(consumer.endsOf(other)).rejects.toMatchObject({ reason: 'TOPIC_PARTITIONS_DIFFER' });
      } finally {
        await consumer.close();
      }
    });

    it('keeps messages as long as the topic says', async () => {
      const [finite, forever] = [await newTopic({ retentionMs: 3_600_000 }), await newTopic()];
      await producer.publish(finite, [text('k', 'v')]);
      await producer.publish(forever, [text('k', 'v')]);
      expect(await bus.retentionOf(finite.name)).toBe(3_600_000);
      expect(await bus.retentionOf(forever.name)).toBe(Infinity);
    });

    it('publishes from many producers at once, in order per key', async () => {
      const topic = await newTopic({ partitions: 2 });
      const own = new OwnOffsets();
      join([topic], topic.name, reading(own));
      const producers = Array.from({ length: 8 }, () => bus.producer());
      await Promise.all(
        producers.map(async (each, index) => {
          for (let n = 0; n < 25; n++) await each.publish(topic, numbered([`p${index}`], n, 1));
          await each.close();
        }),
      );
      await applied(own, 200);
      expect(own.applied).toHaveLength(200);
      for (let index = 0; index < 8; index++)
        expect(own.textsOf(`p${index}`)).toEqual(expectedOf(`p${index}`, 25));
    });
  });
};
