import type { KafkaRights, KafkaTls } from '@gatehouse/bus-kafka';
import {
  factsOf,
  kafkaUserOf,
  SERVICE_NAMES,
  type ServiceName,
  type TopicKey,
  TOPICS,
} from '@gatehouse/topology';

export interface MigrateKafkaOptions {
  /** `kafka://host:port,…` */
  readonly bus: string;
  /** The certificate of one who may do everything. Absent for a broker that speaks plain text. */
  readonly tls?: KafkaTls;
  /** The services' users get these. Absent for a broker that asks nobody who they are. */
  readonly passwords?: Readonly<Record<ServiceName, string>>;
}

/**
 * Makes the topics, says who may publish and consume which, and makes the services' users. Repeating it changes nothing
 * but what is not as the table has it.
 */
export const migrateKafka = async ({ bus, tls, passwords }: MigrateKafkaOptions): Promise<void> => {
  // Loaded when asked for: most starts have no use for its client.
  const { ensureTopics, ensureUsers, grantKafkaRights, kafkaBrokers } = await import('@gatehouse/bus-kafka');
  const settings = { brokers: kafkaBrokers(bus), ...(tls && { tls }) };
  await ensureTopics(settings, Object.values(TOPICS));
  if (!passwords) return;
  // First what each may do: so nobody is in who still may do more.
  await grantKafkaRights(settings, SERVICE_NAMES.map(kafkaRightsOf));
  await ensureUsers(
    settings,
    SERVICE_NAMES.map((name) => ({ name: kafkaUserOf(name), password: passwords[name] })),
  );
};

/** A service publishes to its own topics and reads those that it consumes, in groups whose names begin with its own. */
export const kafkaRightsOf = (name: ServiceName): KafkaRights => {
  const { publishes, consumes } = factsOf(name);
  return {
    user: kafkaUserOf(name),
    publishes: publishes.map(topicName),
    consumes: consumes.map(topicName),
    groupPrefix: `${name}.`,
  };
};

const topicName = (key: TopicKey): string => TOPICS[key].name;
