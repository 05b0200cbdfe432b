import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedTestContainer } from 'testcontainers';
import { kafkaOf } from '../kafka-settings';
import { freePort } from './free-port';

/** Names an image of Kafka to start brokers from, in containers. */
export const KAFKA_IMAGE_VARIABLE = 'GATEHOUSE_TEST_KAFKA_IMAGE';

const READY_WITHIN_MS = 180_000;

/** A broker in a container of its own, from an image with the manners of the official one. */
export class KafkaContainer {
  private constructor(
    readonly brokers: string[],
    private readonly container: StartedTestContainer,
  ) {}

  static async start(image: string): Promise<KafkaContainer> {
    // Its reaper is an image of its own, which may not be to be had; the container is stopped here.
    process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
    const { GenericContainer } = await import('testcontainers');
    // The same inside and out: a broker tells its clients, and itself, where it is found.
    const port = await freePort();
    const container = await new GenericContainer(image)
      .withEnvironment(settings(port))
      .withExposedPorts({ container: port, host: port })
      .withStartupTimeout(READY_WITHIN_MS)
      .start();
    const broker = new KafkaContainer([`127.0.0.1:${port}`], container);
    try {
      await broker.untilReady();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  /** SIGKILL, as by a lost machine; the data stays. */
  async kill(): Promise<void> {
    const { getContainerRuntimeClient } = await import('testcontainers');
    const { container } = await getContainerRuntimeClient();
    await container.getById(this.container.getId()).kill();
  }

  /** On the same port and data. */
  async restart(): Promise<void> {
    await this.container.restart();
    await this.untilReady();
  }

  async stop(): Promise<void> {
    await this.container.stop();
  }

  /** It listens before it is a member of its own cluster. */
  private async untilReady(): Promise<void> {
    for (const start = Date.now(); Date.now() - start < READY_WITHIN_MS; await sleep(200)) {
      if (await isMember(this.brokers)) return;
    }
    throw new Error(`Kafka was not ready within ${READY_WITHIN_MS / 1_000} s`);
  }
}

const isMember = async (brokers: string[]): Promise<boolean> => {
  const admin = kafkaOf({ brokers }, { retries: 0 }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

const settings = (port: number): Record<string, string> => ({
  CLUSTER_ID: 'Z2F0ZWhvdXNlLWthZmthMQ',
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  KAFKA_LOG_DIRS: '/var/lib/kafka/data',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_HEAP_OPTS: '-Xmx512m',
});
