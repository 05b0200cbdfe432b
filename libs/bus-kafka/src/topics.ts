import type { Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import {
  ConfigResourceTypes,
  ConfigSource,
  KafkaJSProtocolError,
  type Admin,
  type ITopicMetadata,
} from 'kafkajs';
import { asAdmin, type KafkaSettings } from './kafka-settings';

/** Room for an append's 1 MiB and its headers. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const BROKERS_DEFAULT = -1;
const SETTLED_WITHIN_MS = 15_000;
const LOOK_MS = 50;
const UNSETTLED = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Makes topics that are absent, and has all keep their messages for as long as they should; what else is set of a topic, such as
 * `min.insync.replicas`, is its operator's and stays. For whoever may make topics: members of the bus only use them. Errors: CONFLICT `TOPIC_PARTITIONS_DIFFER` where one is there with another number of
 * partitions, UNAVAILABLE `BUS_UNAVAILABLE`.
 */
export const ensureTopics = (settings: KafkaSettings, topics: readonly Topic[]): Promise<void> =>
  asAdmin(settings, async (admin) => {
    const absent = await absentOf(admin, topics);
    if (absent.length > 0) {
      // Answers false where another was quicker.
      await admin.createTopics({
        topics: absent.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: settings.replicationFactor ?? BROKERS_DEFAULT,
          configEntries: configOf(topic),
        })),
        // The client's own waiting ends at a broker that has not heard of the topic yet.
        waitForLeaders: false,
      });
    }
    refuseOtherPartitions(await settledMetadataOf(admin, topics), topics);
    const others = await othersSettingsOf(admin, topics);
    await admin.alterConfigs({
      validateOnly: false,
      resources: topics.map((topic) => ({
        type: ConfigResourceTypes.TOPIC,
        name: topic.name,
        configEntries: [...(others.get(topic.name) ?? []), ...configOf(topic)],
      })),
    });
  });

/**
 * Refuses topics that are not what the program expects. Errors: UNAVAILABLE `TOPIC_UNKNOWN`, also for one that we may
 * neither read nor write, CONFLICT `TOPIC_PARTITIONS_DIFFER`, UNAVAILABLE `BUS_UNAVAILABLE`.
 */
export const checkTopics = (settings: KafkaSettings, topics: readonly Topic[]): Promise<void> =>
  asAdmin(settings, (admin) => check(admin, topics));

/** Of each partition that holds messages: the offset after the last that a consumer may have. Errors: as of `checkTopics`. */
export const endsOfTopic = (settings: KafkaSettings, topic: Topic): Promise<ReadonlyMap<number, bigint>> =>
  asAdmin(settings, async (admin) => {
    await check(admin, [topic]);
    const offsets = await admin.fetchTopicOffsets(topic.name);
    return new Map(
      offsets
        .filter(({ low, high }) => BigInt(low) < BigInt(high))
        .map(({ partition, high }) => [partition, BigInt(high)]),
    );
  });

const check = async (admin: Admin, topics: readonly Topic[]): Promise<void> => {
  // Looked for in the list: asking for one by its name may make it, where the broker makes topics by itself.
  const [absent] = await absentOf(admin, topics);
  if (absent) throw new AppError('UNAVAILABLE', 'TOPIC_UNKNOWN', { metadata: { topic: absent.name } });
  refuseOtherPartitions(await metadataOf(admin, topics), topics);
};

const absentOf = async (admin: Admin, topics: readonly Topic[]): Promise<readonly Topic[]> => {
  const there = new Set(await admin.listTopics());
  return topics.filter(({ name }) => !there.has(name));
};

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** What was set of topics themselves and is not ours. Whoever alters a topic's settings says all of them: the broker forgets what is left out. */
const othersSettingsOf = async (
  admin: Admin,
  topics: readonly Topic[],
): Promise<ReadonlyMap<string, readonly Setting[]>> => {
  const { resources } = await admin.describeConfigs({
    resources: topics.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  });
  const ours = new Set(topics.flatMap(configOf).map(({ name }) => name));
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries
        .filter((entry) => entry.configSource === ConfigSource.TOPIC_CONFIG && !ours.has(entry.configName))
        .map(({ configName, configValue }) => ({ name: configName, value: configValue })),
    ]),
  );
};

const configOf = ({ retentionMs }: Topic): Setting[] => [
  { name: 'cleanup.policy', value: 'delete' },
  { name: 'retention.ms', value: Number.isFinite(retentionMs) ? String(Math.ceil(retentionMs)) : '-1' },
  { name: 'retention.bytes', value: '-1' },
  { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
];

const refuseOtherPartitions = (metadata: readonly ITopicMetadata[], topics: readonly Topic[]): void => {
  for (const { name, partitions } of topics) {
    const actual = metadata.find((one) => one.name === name)?.partitions.length;
    if (actual === partitions) continue;
    throw new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', {
      metadata: { topic: name, partitions: String(actual) },
    });
  }
};

const metadataOf = async (admin: Admin, topics: readonly Topic[]): Promise<readonly ITopicMetadata[]> =>
  (await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })).topics;

/** A broker hears of a new topic some time after it was made. */
const settledMetadataOf = async (
  admin: Admin,
  topics: readonly Topic[],
): Promise<readonly ITopicMetadata[]> => {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    try {
      return await metadataOf(admin, topics);
    } catch (error) {
      if (!(error instanceof KafkaJSProtocolError) || !UNSETTLED.has(error.type) || Date.now() > deadline)
        throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
