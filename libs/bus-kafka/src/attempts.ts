import { Partitioners } from 'kafkajs';
import { kafkaOf, type KafkaSettings, kindOf } from './kafka-settings';

/**
 * Publishes a message without key and value, and answers what the broker called its refusal; undefined where it let us.
 * For those who hold an installation to its rights: nothing of ours looks before the broker does.
 */
export const attemptToPublish = (settings: KafkaSettings, topic: string): Promise<string | undefined> =>
  refusalOf(async () => {
    // Without what idempotence asks for: whoever may not even do this may do nothing.
    const createPartitioner = Partitioners.DefaultPartitioner;
    const producer = kafkaOf(settings, { retries: 0 }).producer({ createPartitioner });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [{ value: null }] });
    } finally {
      await producer.disconnect();
    }
  });

/** Fetches once as a member of a group; the same otherwise. */
export const attemptToConsume = (
  settings: KafkaSettings,
  { group, topic }: { readonly group: string; readonly topic: string },
): Promise<string | undefined> =>
  refusalOf(async () => {
    const retry = { retries: 0, restartOnFailure: async (): Promise<boolean> => false };
    const consumer = kafkaOf(settings, { retries: 0 }).consumer({ groupId: group, retry });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.on(consumer.events.FETCH, () => resolve());
        consumer.run({ autoCommit: false, eachMessage: async () => undefined }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
  });

/** The client looks for a group's coordinator, and takes a broker's refusal to name it for there being none. */
export const GROUP_REFUSED = 'KafkaJSGroupCoordinatorNotFound';

const refusalOf = async (work: () => Promise<void>): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return kindOf(error);
  }
};
