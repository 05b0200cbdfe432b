import type { BusMessage, Topic } from '@gatehouse/bus';
import { busContract, OwnOffsets } from '@gatehouse/bus/testing';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { until } from '@gatehouse/kernel/testing';
import { ensureTopics, kafkaBrokers, KafkaBusConsumer, KafkaBusProducer, kafkaClusterId } from './index';
import { KAFKA_VARIABLE, kafkaMissing, startBroker } from './testing';

describe('kafkaBrokers', () => {
  it.each([
    ['kafka://localhost:9092', ['localhost:9092']],
    ['kafka://a:1,b.example:65535/', ['a:1', 'b.example:65535']],
    ['kafka://[::1]:9092', ['[::1]:9092']],
  ])('%s', (url, brokers) => expect(kafkaBrokers(url)).toEqual(brokers));

  it.each([
    '',
    'kafka://',
    'kafka://host',
    'postgres://a:1',
    'kafka://a:1,',
    'kafka://user:pw@a:1',
    'kafka://a:x',
  ])('refuses %p', (url) => expect(() => kafkaBrokers(url)).toThrow('KAFKA_URL_MALFORMED'));
});

describe('a broker that is not there', () => {
  const settings = { brokers: ['127.0.0.1:1'] };
  const unavailable = { code: 'UNAVAILABLE', reason: 'BUS_UNAVAILABLE' };

  it('is told of within 10 s', async () => {
    const startedAt = Date.now();
    await expect(kafkaClusterId(settings)).rejects.toMatchObject(unavailable);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('is UNAVAILABLE to a producer, and waited for by a consumer until it is told to stop', async () => {
    const topic = { name: 't', partitions: 1, retentionMs: Infinity };
    const producer = new KafkaBusProducer(settings);
    await expect(
      producer.publish(topic, [{ key: 'k', headers: {}, value: Buffer.alloc(1) }]),
    ).rejects.toMatchObject(unavailable);
    await producer.close();
    const consumer = new KafkaBusConsumer(settings);
    const { offsetOf, apply: onBatch } = new OwnOffsets();
    const signal = new AbortController().signal;
    const running = consumer.consume({ group: 'g', topics: [topic], offsetOf, onBatch, signal });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await consumer.close();
    await expect(running).resolves.toBeUndefined();
  });
});

const missing = kafkaMissing();

if (missing !== undefined) {
  describe.skip(`the bus on Kafka (no broker here: ${missing})`, () => {
    it('passes the contract of the bus', () => undefined);
  });
} else {
  const given = process.env[KAFKA_VARIABLE];

  busContract(
    'the bus on Kafka',
    async () => {
      const broker = given === undefined ? await startBroker() : undefined;
      const brokers = broker?.brokers ?? kafkaBrokers(given as string);
      const settings = { brokers };
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      return {
        createTopic: (topic) => ensureTopics(settings, [topic]),
        producer: () => new KafkaBusProducer(settings),
        consumer: () => new KafkaBusConsumer(settings, { sessionTimeoutMs: 6_000 }),
        retentionOf: async (name) => {
          const { resources } = await admin.describeConfigs({
            resources: [{ type: 2, name, configNames: ['retention.ms'] }],
            includeSynonyms: false,
          });
          const ms = Number(resources[0]?.configEntries[0]?.configValue);
          return ms === -1 ? Infinity : ms;
        },
        close: async () => {
          await admin.disconnect();
          await broker?.stop();
        },
      };
    },
    { waitMs: 30_000, atOnceMax: Infinity },
  );

  describe('the bus on Kafka', () => {
    const topic: Topic = { name: 'killed', partitions: 4, retentionMs: Infinity };
    const message = (key: string, n: number): BusMessage => ({
      key,
      headers: {},
      value: Buffer.from(String(n)),
    });
    /** Last first, and also after a failure: what goes on keeps the run from ending, and a container outlives it. */
    const ends: (() => unknown)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    }, 60_000);

    it("leaves a topic's settings that are its operator's as they are", async () => {
      const broker = await startBroker();
      ends.push(() => broker.stop());
      const settings = { brokers: broker.brokers };
      await ensureTopics(settings, [topic]);
      const admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      ends.push(() => admin.disconnect());
      const wanted = { 'min.insync.replicas': '2', 'segment.ms': '3600000', 'retention.ms': '1000' };
      const configEntries = Object.entries(wanted).map(([name, value]) => ({ name, value }));
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic.name };
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
      await ensureTopics(settings, [topic]);
      const configNames = [...Object.keys(wanted), 'max.message.bytes'];
      const asked = { resources: [{ ...resource, configNames }], includeSynonyms: false };
      const [described] = (await admin.describeConfigs(asked)).resources;
      const is = new Map(described?.configEntries.map((entry) => [entry.configName, entry.configValue]));
      expect(Object.fromEntries(is)).toEqual({
        ...wanted,
        'retention.ms': '-1',
        'max.message.bytes': String(4 * 1024 * 1024),
      });
    }, 240_000);

    it('loses, doubles and reorders nothing when the broker is killed under load and comes back', async () => {
      const broker = await startBroker();
      ends.push(() => broker.stop());
      const settings = { brokers: broker.brokers };
      await ensureTopics(settings, [topic]);
      const own = new OwnOffsets();
      const producer = new KafkaBusProducer(settings);
      ends.push(() => producer.close());
      const consumer = new KafkaBusConsumer(settings, { sessionTimeoutMs: 6_000 });
      const { offsetOf, apply: onBatch } = own;
      const signal = new AbortController().signal;
      const running = consumer.consume({ group: 'g', topics: [topic], offsetOf, onBatch, signal });
      ends.push(async () => {
        await consumer.close();
        await running;
      });
      let over = false;
      ends.push(() => (over = true));
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      let refusals = 0;
      const publish = async (n: number): Promise<void> => {
        while (!over) {
          try {
            return await producer.publish(
              topic,
              keys.map((key) => message(key, n)),
            );
          } catch {
            refusals++;
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
      };
      let published = 0;
      let loading = true;
      const load = (async () => {
        while (loading && !over) {
          await publish(published++);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      })();
      const state = () => `${own.applied.length} applied, ${published} published (${refusals} refusals)`;
      const seen = (done: () => boolean) => until(done, state, 60_000);
      await seen(() => own.applied.length >= 100);
      await broker.kill();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const before = own.applied.length;
      await broker.restart();
      await seen(() => own.applied.length >= before + 100);
      loading = false;
      await load;
      // What came twice does not stand for what has yet to come.
      await seen(() => keys.every((key) => new Set(own.textsOf(key)).size >= published));
      for (const key of keys) {
        // A publish that was refused may have arrived: it comes again after itself, never before what precedes it.
        expect([...new Set(own.textsOf(key))]).toEqual(
          Array.from({ length: published }, (_, n) => String(n)),
        );
      }
      if (refusals === 0) expect(own.applied).toHaveLength(published * keys.length);
    }, 240_000);
  });
}
