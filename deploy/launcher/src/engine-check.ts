import { engineAddress } from '@gatehouse/config';
import { isListening } from '@gatehouse/readiness';

const DEADLINE_MS = 4_000;

/** Refuses to start when nothing listens where the event store should be. `postgres` is our own. */
export const checkStore = async (setting: string): Promise<void> => {
  if (setting === 'postgres') return;
  const answers = await Promise.all(hostsOf(setting).map((host) => isListening(host, DEADLINE_MS)));
  if (!answers.includes(true)) throw isAway('event store', setting, '--store');
};

/**
 * Which bus a setting names, whatever its brokers' addresses are just now: `postgres`, or the Kafka cluster with its id.
 * Refuses when no broker answers, within 10 s.
 */
export const identifyBus = async (setting: string): Promise<string> => {
  if (setting === 'postgres') return setting;
  // Loaded when asked for: most starts have no use for its client.
  const { kafkaBrokers, kafkaClusterId } = await import('@gatehouse/bus-kafka');
  try {
    return `Kafka cluster ${await kafkaClusterId({ brokers: kafkaBrokers(setting) })}`;
  } catch {
    throw isAway('Kafka broker', setting, '--bus');
  }
};

const isAway = (engine: string, setting: string, option: string): Error =>
  new Error(
    `no ${engine} answers at ${hostsOf(setting).join(',')} (${option}): start it first, or choose another`,
  );

const hostsOf = (setting: string): readonly string[] => engineAddress(setting)?.hosts ?? [];
