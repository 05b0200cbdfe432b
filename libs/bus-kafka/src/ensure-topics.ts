import type { Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import type { Admin, ITopicConfig } from 'kafkajs';
import { kafkaOf, type KafkaSettings } from './kafka-settings';

/** Room for an append's 1 MiB and its headers. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const BROKERS_DEFAULT = -1;

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
        waitForLeaders: true,
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
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  for (const { name, partitions } of topics) {
    const actual = metadata.find((one) => one.name === name)?.partitions.length;
    if (actual === partitions) continue;
    throw new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', {
      metadata: { topic: name, partitions: String(actual) },
    });
  }
};
