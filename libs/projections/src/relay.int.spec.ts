import { BusProducer, InMemoryBus, type BusMessage, type ConsumeOptions, type Topic } from '@gatehouse/bus';
import { PostgresBusConsumer, PostgresBusProducer } from '@gatehouse/bus-postgres';
import { OwnOffsets } from '@gatehouse/bus/testing';
import { InMemoryEventStore, type EventStore } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { AppError } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { ensureProjectionBookkeeping, Projector, fromBusMessage, Relay } from './index';
import { LOCK_HOLDERS, numbers, OWNER, ProjectionBench, SERVICE } from './testing/projection-bench';
import { appendSlugs, slugProjection, SLUG_PREFIXES, SLUGS } from './testing/slug-projection';

/** What was published of a stream, by first occurrence. */
const firstOccurrences = (own: OwnOffsets, stream: string): string[] => [
  ...new Set(
    own.applied
      .filter(({ key }) => key === stream)
      .map((message) => String(fromBusMessage(message).revision)),
  ),
];

/** The connections of appends are cut too. One that was cut after its commit is made again: the log says what is there. */
const persistently = async (append: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await append();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

describe('the relay', () => {
  let bench: ProjectionBench;
  let closing: (() => Promise<unknown>)[];

  beforeEach(async () => {
    bench = await ProjectionBench.open();
    await ensureProjectionBookkeeping(bench.pool, OWNER);
    closing = [];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await bench.close();
  });

  const relayOf = (store: EventStore, producer: BusProducer): Relay => {
    const relay = new Relay({
      store,
      producer,
      topic: SLUGS,
      streamPrefixes: SLUG_PREFIXES,
      pool: bench.pool,
      schema: OWNER,
      name: 'slugs',
    });
    closing.push(() => relay.stop());
    return relay;
  };

  const reading = (consume: (options: ConsumeOptions) => Promise<void>): OwnOffsets => {
    const own = new OwnOffsets();
    const stopping = new AbortController();
    const { offsetOf, apply: onBatch } = own;
    const running = consume({ group: 'spec', topics: [SLUGS], offsetOf, onBatch, signal: stopping.signal });
    closing.push(async () => {
      stopping.abort();
      await running;
    });
    return own;
  };

  const inMemory = () => {
    const [store, bus] = [new InMemoryEventStore(), new InMemoryBus()];
    closing.push(() => store.close());
    return { store, bus, own: reading((options) => bus.consumer().consume(options)) };
  };

  it('publishes every event of its streams once while nothing fails, and goes on after a restart', async () => {
    const { store, bus, own } = inMemory();
    await appendSlugs(store, 'slug-a', 0, 10);
    await appendSlugs(store, 'other-a', 0, 10);
    const first = relayOf(store, bus.producer());
    first.start();
    await until(() => own.applied.length >= 10);
    await first.stop();
    await appendSlugs(store, 'slug-a', 10, 20);
    relayOf(store, bus.producer()).start();
    await until(() => own.applied.length >= 20);
    expect(own.applied).toHaveLength(20);
    expect(firstOccurrences(own, 'slug-a')).toEqual(numbers(20));
    const [event] = await store.read('slug-a');
    expect(fromBusMessage(own.applied[0] as BusMessage)).toEqual(event);
  });

  it('has one leader', async () => {
    const { store, bus, own } = inMemory();
    for (const relay of [1, 2, 3].map(() => relayOf(store, bus.producer()))) relay.start();
    await appendSlugs(store, 'slug-a', 0, 30);
    await until(() => own.applied.length >= 30);
    expect(own.applied).toHaveLength(30);
  });

  it('publishes again what may not have arrived, and never skips', async () => {
    const { store, bus, own } = inMemory();
    const inner = bus.producer();
    let calls = 0;
    class Flaky extends BusProducer {
      async publish(topic: Topic, messages: readonly BusMessage[]): Promise<void> {
        calls++;
        if (calls % 3 === 1) throw new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE');
        await inner.publish(topic, messages);
        if (calls % 3 === 2) throw new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE');
      }
      async close(): Promise<void> {
        await inner.close();
      }
    }
    relayOf(store, new Flaky()).start();
    await appendSlugs(store, 'slug-a', 0, 20);
    await until(() => new Set(firstOccurrences(own, 'slug-a')).size === 20);
    await appendSlugs(store, 'slug-a', 20, 30);
    await until(() => new Set(firstOccurrences(own, 'slug-a')).size === 30);
    expect(firstOccurrences(own, 'slug-a')).toEqual(numbers(30));
    expect(own.applied.length).toBeGreaterThan(30);
  });

  it('loses and reorders nothing when leaders die, and consumers apply each event once', async () => {
    const store = new PostgresEventStore(bench.ownersPool);
    closing.push(() => store.close());
    const own = reading((options) => new PostgresBusConsumer(bench.pool).consume(options));
    const projector = new Projector({
      projection: slugProjection('bus'),
      pool: bench.pool,
      schema: SERVICE,
      consumer: new PostgresBusConsumer(bench.pool),
    });
    await projector.start();
    closing.push(() => projector.stop());
    for (const relay of [1, 2].map(() => relayOf(store, new PostgresBusProducer(bench.ownersPool))))
      relay.start();
    const streams = ['slug-a', 'slug-b', 'slug-c', 'slug-d'];
    let cuts = 0;
    const cutting = (async () => {
      for (let n = 0; n < 6; n++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        cuts += await bench.cut(LOCK_HOLDERS);
      }
    })();
    await Promise.all(
      streams.map(async (stream) => {
        for (let n = 0; n < 60; n += 2) {
          await persistently(() => appendSlugs(store, stream, n, n + 2));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }),
    );
    await cutting;
    expect(cuts).toBeGreaterThan(0);
    for (const stream of streams) {
      const length = (await store.read(stream)).length;
      await until(
        async () => (await bench.slugsOf(stream)).length >= length,
        async () => `${stream}: ${(await bench.slugsOf(stream)).length} of ${length}`,
        25_000,
      );
      await until(() => firstOccurrences(own, stream).length >= length);
      expect(firstOccurrences(own, stream)).toEqual(numbers(length));
      const stored = (await store.read(stream)).map(({ data }) => data['slug']);
      expect(await bench.slugsOf(stream)).toEqual(stored);
    }
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  }, 60_000);
});
