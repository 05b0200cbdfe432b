import { BusConsumer, type ConsumeOptions, type Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import { backoffMs, pause, SILENT } from '@gatehouse/postgres';
import { KafkaMember } from './kafka-member';
import { kafkaError, type KafkaSettings } from './kafka-settings';
import { checkTopics, endsOfTopic } from './topics';

export interface KafkaBusConsumerOptions {
  /** How long a silent member is believed to live: 6 000 … 300 000, 10 000 by default. */
  readonly sessionTimeoutMs?: number;
}

/**
 * Consumes from Kafka. The group divides the partitions; where to go on is the consumer's own record, asked at every
 * join and after every failure, and no offset is committed to the broker. A broker that is away is waited for.
 */
export class KafkaBusConsumer extends BusConsumer {
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly options: KafkaBusConsumerOptions = {},
  ) {
    super();
  }

  /**
   * Errors: CONFLICT `TOPIC_PARTITIONS_DIFFER`, FORBIDDEN `TOPIC_NOT_YOURS` and `BUS_ACCESS_DENIED`, UNAUTHENTICATED
   * `BUS_CREDENTIALS_UNKNOWN`.
   */
  async consume(options: ConsumeOptions): Promise<void> {
    const run = this.followAtOnce(options);
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }

  endsOf(topic: Topic): Promise<ReadonlyMap<number, bigint>> {
    return endsOfTopic(this.settings, topic);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.running);
  }

  /**
   * As many members as partitions may be in hand: a client fetches nothing while it waits for what it has handed out, so that of one alone
   * the broker, this process and who applies would each wait for the others.
   */
  private async followAtOnce(consume: ConsumeOptions): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([consume.signal, this.closing.signal, ended.signal]);
    const members = Array.from({ length: consume.partitionsAtOnce ?? 1 }, () =>
      this.follow(consume, signal).catch((error: unknown) => {
        ended.abort();
        throw error;
      }),
    );
    await Promise.allSettled(members);
    await Promise.all(members);
  }

  private async follow(consume: ConsumeOptions, signal: AbortSignal): Promise<void> {
    const { log = SILENT } = this.settings;
    const { sessionTimeoutMs = 10_000 } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        await checkTopics(this.settings, consume.topics);
        await new KafkaMember({ consume, settings: this.settings, sessionTimeoutMs, signal }).run();
      } catch (error) {
        const known = kafkaError(error);
        if (known instanceof AppError && known.code !== 'UNAVAILABLE') throw known;
        failures = Date.now() - startedAt > 30_000 ? 1 : failures + 1;
        log.warn({ err: error, group: consume.group, failures }, 'the bus is away; it is asked again');
      }
      await pause(backoffMs(Math.max(1, failures)), signal);
    }
  }
}
