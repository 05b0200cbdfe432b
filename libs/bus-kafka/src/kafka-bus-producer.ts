import { BusProducer, type BusMessage, type Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import { Partitioners, type Producer } from 'kafkajs';
import { kafkaError, kafkaOf, type KafkaSettings } from './kafka-settings';
import { checkTopics } from './topics';

const ALL_REPLICAS = -1;
const RETRIES = 8;
const MAX_MESSAGES = 1_000;
/** A partition's share of a request is one batch to the broker, and must be under its limit. */
const MAX_BYTES = 900_000;
/** A record's own fields, rounded up. */
const OVERHEAD_BYTES = 100;

/**
 * Publishes idempotently, acknowledged by all replicas in sync. An answer that does not come is retried for about ten
 * seconds and then UNAVAILABLE; so is a topic that nobody has made. Other errors: those of `KafkaBusConsumer.consume`.
 *
 * After a failure the client is thrown away: the broker may have taken the batch, and another batch under the same
 * sequence numbers would be taken for its repetition, acknowledged, and lost.
 */
export class KafkaBusProducer extends BusProducer {
  /** Topics that are as they should be. */
  private readonly checked = new Set<string>();
  private producer: Producer | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly settings: KafkaSettings) {
    super();
  }

  /** One at a time: with more in flight, one that fails would leave those behind it out of sequence. */
  publish(topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    const turn = this.last.then(() => this.send(topic, messages));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.last;
    await this.discard();
  }

  private async send(topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    try {
      if (this.closed) throw new Error('the producer is closed');
      if (!this.checked.has(topic.name)) await checkTopics(this.settings, [topic]);
      this.checked.add(topic.name);
      for (const chunk of chunks(messages)) {
        const producer = (this.producer ??= await this.connect());
        await producer.send({
          topic: topic.name,
          acks: ALL_REPLICAS,
          messages: chunk.map(({ key, headers, value }) => ({
            key,
            headers,
            value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
          })),
        });
      }
    } catch (error) {
      // A topic that was deleted meanwhile is told of the next time.
      this.checked.delete(topic.name);
      if (!(error instanceof AppError)) await this.discard();
      throw kafkaError(error);
    }
  }

  private async connect(): Promise<Producer> {
    const producer = kafkaOf(this.settings, { retries: RETRIES }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: RETRIES },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private async discard(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}

const chunks = function* (messages: readonly BusMessage[]): Generator<readonly BusMessage[]> {
  let chunk: BusMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (chunk.length > 0 && (chunk.length === MAX_MESSAGES || bytes + size > MAX_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(message);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
};

const sizeOf = ({ key, headers, value }: BusMessage): number =>
  Object.entries(headers).reduce(
    (bytes, [name, text]) => bytes + Buffer.byteLength(name) + Buffer.byteLength(text) + 10,
    OVERHEAD_BYTES + Buffer.byteLength(key) + value.length,
  );
