import { AppError } from '@gatehouse/kernel';
import { SILENT, type Log } from '@gatehouse/postgres';
import { Kafka, KafkaJSProtocolError, logLevel, type LogEntry } from 'kafkajs';

export interface KafkaSettings {
  /** `host:port` of brokers to ask first. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly log?: Log;
  /** Of topics made here; the broker's own default where absent. */
  readonly replicationFactor?: number;
}

/** The brokers of `kafka://host:port,host:port`. INVALID `KAFKA_URL_MALFORMED`. */
export const kafkaBrokers = (url: string): string[] => {
  const [, hosts = ''] = /^kafka:\/\/([^/?#@]+)\/?$/.exec(url) ?? [];
  const brokers = hosts.split(',');
  if (!brokers.every((broker) => /^(\[[0-9a-f:]+\]|[^:\s]+):\d{1,5}$/i.test(broker))) {
    throw new AppError('INVALID', 'KAFKA_URL_MALFORMED');
  }
  return brokers;
};

/** The id of the cluster that answers. UNAVAILABLE `BUS_UNAVAILABLE` when none does, within 10 s. */
export const kafkaClusterId = async (settings: KafkaSettings): Promise<string> => {
  const admin = kafkaOf({ ...settings, log: SILENT }, { retries: 1 }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } catch (error) {
    throw kafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

export const kafkaOf = (
  { brokers, clientId = 'gatehouse', log = SILENT }: KafkaSettings,
  { retries }: { readonly retries: number },
): Kafka =>
  new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    // A broker that is stopped and not dead answers nothing at all.
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logEntry(log, entry),
  });

/** Said at every rebalance and every lost connection; the client tries again, and what comes of it is told by us. */
const ROUTINE =
  /rebalancing|coordinator|Connection (error|timeout)|Failed to connect|Request .* timed out|not aware of this member|does not host this topic-partition|leadership election|Topic creation errors|Restarting the consumer/i;

const logEntry = (log: Log, { namespace, log: { message, ...details } }: LogEntry): void => {
  const { error, retryable, retriable } = details as {
    error?: unknown;
    retryable?: boolean;
    retriable?: boolean;
  };
  if (retryable || retriable || ROUTINE.test(`${message} ${String(error)}`)) return;
  log.warn({ namespace, error: String(error ?? '') }, `kafka: ${message}`);
};

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** What the client said, in the port's words. */
export const kafkaError = (error: unknown): unknown => {
  if (error instanceof AppError) return error;
  if (error instanceof KafkaJSProtocolError && TOO_LARGE.has(error.type)) {
    return new AppError('INVALID', 'MESSAGE_TOO_LARGE', { cause: error });
  }
  return new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE', { cause: error });
};
