const DAY_MS = 24 * 3_600_000;

/**
 * The topics of the product. Partitions are chosen once and for all: another count would break the order of keys.
 * Retention is in milliseconds; Infinity for those that projections are rebuilt from.
 */
export const TOPICS = {
  registryEvents: { name: 'gatehouse.registry.events.v1', partitions: 12, retentionMs: Infinity },
  provisioningEvents: { name: 'gatehouse.provisioning.events.v1', partitions: 12, retentionMs: Infinity },
  meteringEvents: { name: 'gatehouse.metering.events.v1', partitions: 12, retentionMs: Infinity },
  usage: { name: 'gatehouse.usage.v1', partitions: 24, retentionMs: 30 * DAY_MS },
} as const;

export type TopicKey = keyof typeof TOPICS;
