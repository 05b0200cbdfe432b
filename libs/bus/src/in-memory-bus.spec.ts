import { FixedClock } from '@gatehouse/kernel';
import { InMemoryBus } from './in-memory-bus';
import { busContract, OwnOffsets } from './testing';

busContract('the in-memory bus', async () => {
  const bus = new InMemoryBus();
  return {
    createTopic: async (topic) => bus.createTopic(topic),
    producer: () => bus.producer(),
    consumer: () => bus.consumer(),
    retentionOf: async (topic) => bus.retentionOf(topic),
    close: async () => undefined,
  };
});

describe('the in-memory bus', () => {
  it('forgets what is older than the retention', async () => {
    const clock = new FixedClock(new Date(0));
    const bus = new InMemoryBus(clock);
    const topic = { name: 'usage', partitions: 1, retentionMs: 1_000 };
    const own = new OwnOffsets();
    const message = (text: string) => ({ key: 'k', headers: {}, value: Buffer.from(text) });
    await bus.producer().publish(topic, [message('old')]);
    clock.advance(1_500);
    await bus.producer().publish(topic, [message('new')]);
    const stopping = new AbortController();
    const onBatch: typeof own.apply = async (batch) => {
      await own.apply(batch);
      stopping.abort();
    };
    const { offsetOf } = own;
    await bus.consumer().consume({ group: 'g', topics: [topic], offsetOf, onBatch, signal: stopping.signal });
    expect(own.texts()).toEqual(['new']);
    expect(await own.offsetOf('usage', 0)).toBe(2n);
  });
});
