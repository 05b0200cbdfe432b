import { connect } from 'node:net';

const DEADLINE_MS = 4_000;

/** Refuses to start when nothing listens where the event store should be. `postgres` is our own. */
export const checkStore = async (setting: string): Promise<void> => {
  if (setting === 'postgres') return;
  const hosts = hostsOf(setting);
  const answers = await Promise.all(hosts.split(',').map(isListening));
  if (!answers.includes(true)) throw isAway('event store', hosts, '--store');
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
    throw isAway('Kafka broker', hostsOf(setting), '--bus');
  }
};

const isAway = (engine: string, hosts: string, option: string): Error =>
  new Error(`no ${engine} answers at ${hosts} (${option}): start it first, or choose another`);

const hostsOf = (setting: string): string =>
  setting
    .replace(/^[^:]+:\/\//, '')
    .replace(/^.*@/, '')
    .split(/[/?]/)[0] ?? '';

const isListening = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const at = host.lastIndexOf(':');
    const name = (at < 0 ? host : host.slice(0, at)).replace(/^\[|\]$/g, '');
    const socket = connect({ host: name, port: at < 0 ? 2113 : Number(host.slice(at + 1)) });
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(DEADLINE_MS, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
