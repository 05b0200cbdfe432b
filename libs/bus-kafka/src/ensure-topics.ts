import type { Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import { KafkaJSProtocolError, type Admin, type ITopicConfig, type ITopicMetadata } from 'kafkajs';
import { kafkaOf, type KafkaSettings } from './kafka-settings';

/** Room for an append's 1 MiB and its headers. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const BROKERS_DEFAULT = -1;
const SETTLED_WITHIN_MS = 15_000;
const LOOK_MS = 50;
const UNSETTLED = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** Makes topics that are absent. CONFLICT `TOPIC_PARTITIONS_DIFFER` where one has another number of partitions. */
export const ensureTopics = async (settings: KafkaSettings, topics: readonly Topic[]): Promise<void> => {
  const admin = kafkaOf(settings, { retries: 5 }).admin();
  try {
    await admin.connect();
    const there = new Set(await admin.listTopics());
    const absent = topics.filter(({ name }) => !there.has(name));
    if (absent.length > 0) {
      // Answers false where another was quicker.
      await admin.createTopics({
        topics: absent.map((topic) => toTopicConfig(topic, settings.replicationFactor)),
        // The client's own waiting ends at a broker that has not heard of the topic yet.
        waitForLeaders: false,
      });
    }
    await refuseOtherPartitions(admin, topics);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

const toTopicConfig = (
  { name, partitions, retentionMs }: Topic,
  replicationFactor = BROKERS_DEFAULT,
): ITopicConfig => ({
  topic: name,
  numPartitions: partitions,
  replicationFactor,
  configEntries: [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: Number.isFinite(retentionMs) ? String(Math.ceil(retentionMs)) : '-1' },
    { name: 'retention.bytes', value: '-1' },
    { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
  ],
});

const refuseOtherPartitions = async (admin: Admin, topics: readonly Topic[]): Promise<void> => {
  const metadata = await metadataOf(admin, topics);
  for (const { name, partitions } of topics) {
    const actual = metadata.find((one) => one.name === name)?.partitions.length;
    if (actual === partitions) continue;
    throw new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', {
      metadata: { topic: name, partitions: String(actual) },
    });
  }
};

/** A broker hears of a new topic some time after it was made. */
const metadataOf = async (admin: Admin, topics: readonly Topic[]): Promise<readonly ITopicMetadata[]> => {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    try {
      return (await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })).topics;
    } catch (error) {
      if (!(error instanceof KafkaJSProtocolError) || !UNSETTLED.has(error.type) || Date.now() > deadline)
        throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
