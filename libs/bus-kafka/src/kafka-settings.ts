import { readFileSync } from 'node:fs';
import { AppError } from '@gatehouse/kernel';
import { SILENT, type Log } from '@gatehouse/postgres';
import {
  type Admin,
  Kafka,
  KafkaJSAggregateError,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
  logLevel,
  type LogEntry,
} from 'kafkajs';

export interface KafkaSettings {
  /** `host:port` of brokers to ask first. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly log?: Log;
  /** TLS and nothing else, where given. */
  readonly tls?: KafkaTls;
  /** Who we are, by SCRAM-SHA-512. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Of topics made here; the broker's own default where absent. */
  readonly replicationFactor?: number;
}

/** Files in PEM, read again whenever a client is made. */
export interface KafkaTls {
  /** A broker must show a certificate that this authority has signed. */
  readonly ca: string;
  /** Shown to brokers that know their clients by certificates. */
  readonly own?: { readonly certificate: string; readonly key: string };
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
  const ask = { ...settings, log: SILENT };
  return asAdmin(ask, async (admin) => (await admin.describeCluster()).clusterId, { retries: 1 });
};

/** Connects, works and disconnects. Errors: the port's. */
export const asAdmin = async <T>(
  settings: KafkaSettings,
  work: (admin: Admin) => Promise<T>,
  { retries } = { retries: 5 },
): Promise<T> => {
  const admin = kafkaOf(settings, { retries }).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw kafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/** What the files hold. Errors: of the file system. */
export const readTls = ({ ca, own }: KafkaTls): { ca: string[]; cert?: string; key?: string } => ({
  ca: [readFileSync(ca, 'utf8')],
  ...(own && { cert: readFileSync(own.certificate, 'utf8'), key: readFileSync(own.key, 'utf8') }),
});

export const kafkaOf = (
  { brokers, clientId = 'gatehouse', log = SILENT, tls, user }: KafkaSettings,
  { retries }: { readonly retries: number },
): Kafka =>
  new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls && { ssl: readTls(tls) }),
    ...(user && { sasl: { mechanism: 'scram-sha-512', username: user.name, password: user.password } }),
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
const TOPIC_DENIED = 'TOPIC_AUTHORIZATION_FAILED';
const DENIED = /_AUTHORIZATION_FAILED$/;

/** What the client said, in the port's words. */
export const kafkaError = (error: unknown): unknown => {
  if (error instanceof AppError) return error;
  const said = originOf(error);
  if (said instanceof KafkaJSProtocolError && TOO_LARGE.has(said.type)) {
    return new AppError('INVALID', 'MESSAGE_TOO_LARGE', { cause: error });
  }
  if (said instanceof KafkaJSProtocolError && said.type === TOPIC_DENIED) {
    return new AppError('FORBIDDEN', 'TOPIC_NOT_YOURS', { cause: error });
  }
  if (said instanceof KafkaJSProtocolError && DENIED.test(said.type)) {
    return new AppError('FORBIDDEN', 'BUS_ACCESS_DENIED', { cause: error });
  }
  if (said instanceof KafkaJSSASLAuthenticationError) {
    return new AppError('UNAUTHENTICATED', 'BUS_CREDENTIALS_UNKNOWN', { cause: error });
  }
  return new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE', { cause: error });
};

/** What a broker, or else the client, calls an error: `TOPIC_AUTHORIZATION_FAILED`. */
export const kindOf = (error: unknown): string => {
  const said = originOf(error);
  return said instanceof KafkaJSProtocolError ? said.type : (said as Error).name;
};

/** The client wraps what a broker said in how it dealt with it. */
const originOf = (error: unknown): unknown => {
  const within =
    error instanceof KafkaJSAggregateError ? error.errors[0] : (error as Error | undefined)?.cause;
  return within instanceof Error ? originOf(within) : error;
};
