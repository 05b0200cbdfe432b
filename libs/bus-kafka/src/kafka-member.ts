import { BATCH_MAX, type ConsumeOptions, type ReceivedMessage } from '@gatehouse/bus';
import { backoffMs, SILENT, type Log } from '@gatehouse/postgres';
import type { Batch, Consumer, EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import { kafkaOf, type KafkaSettings } from './kafka-settings';
import { PartitionCursor } from './partition-cursor';

/** The client reads a whole answer into objects before it hands out the first: what waits for its turn is in the heap. */
const MAX_BYTES = 1024 * 1024;
/** Also how long a member that is told to stop may wait for its last fetch. */
const MAX_WAIT_MS = 500;

export interface KafkaMemberOptions {
  readonly consume: ConsumeOptions;
  readonly settings: KafkaSettings;
  readonly sessionTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** One life of one member of a consumer group, with one batch in hand at a time: until aborted, or until the client gives up. */
export class KafkaMember {
  private readonly consumer: Consumer;
  private readonly log: Log;
  private readonly heartbeatMs: number;
  /** Per partition; none where the consumer is to be asked where it is. */
  private readonly cursors = new Map<string, PartitionCursor>();
  private readonly failures = new Map<string, number>();
  private readonly retries = new Set<NodeJS.Timeout>();
  private over = false;

  constructor(private readonly options: KafkaMemberOptions) {
    const { settings, consume, sessionTimeoutMs } = options;
    this.log = settings.log ?? SILENT;
    this.heartbeatMs = Math.floor(sessionTimeoutMs / 5);
    this.consumer = kafkaOf(settings, { retries: 5 }).consumer({
      groupId: consume.group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES,
      maxBytes: MAX_BYTES,
      // A client that gave up is replaced as a whole: that is one path instead of two.
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    });
  }

  /** Throws what made the client give up. */
  async run(): Promise<void> {
    const { consume, signal } = this.options;
    const { consumer } = this;
    const ended = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.joined(payload.memberAssignment));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: consume.topics.map(({ name }) => name), fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.receive(payload),
      });
      const failure = signal.aborted ? undefined : await ended;
      if (failure !== undefined) throw failure;
    } finally {
      this.over = true;
      for (const retry of this.retries) clearTimeout(retry);
      await consumer.disconnect().catch(() => undefined);
    }
  }

  /** Another may have been at these partitions meanwhile; where it came to is in the consumer's record alone. */
  private joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.cursors.clear();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        // Without this the first fetch would be of the partition's beginning; it would be refused, only dearer.
        this.cursorOf(topic, partition).then(
          ({ next }) => this.seek(topic, partition, next),
          () => undefined,
        );
      }
    }
  }

  private async receive({ batch, ...control }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const key = `${topic}/${partition}`;
    const first = batch.messages[0];
    if (first === undefined || !this.isCurrent(control)) return;
    let cursor: PartitionCursor;
    try {
      cursor = await this.cursorOf(topic, partition);
    } catch (error) {
      return this.failed(batch, error);
    }
    const verdict = cursor.judge(BigInt(first.offset), BigInt(batch.lastOffset()) + 1n);
    if (verdict === 'lost') return this.failed(batch, new Error(`the broker has no offset ${cursor.next}`));
    if (verdict === 'seek') return this.seek(topic, partition, cursor.next);
    const messages = batch.messages.filter(({ offset }) => BigInt(offset) >= cursor.next);
    const { batchMax = BATCH_MAX } = this.options.consume;
    for (let index = 0; index < messages.length && this.isCurrent(control); index += batchMax) {
      const slice = messages.slice(index, index + batchMax);
      const last = (slice.at(-1) as KafkaMessage).offset;
      const received = slice.map((message) => toReceived(topic, partition, message));
      try {
        await this.deliver(cursor, topic, partition, received, control);
      } catch (error) {
        return this.failed(batch, error);
      }
      // A join while the batch was in hand has thrown the cursor away, and may have taken the partition.
      if (this.cursors.get(key) !== cursor) return;
      control.resolveOffset(last);
      this.failures.delete(key);
      // Throws when the group is being divided anew: that is the client's to handle.
      await control.heartbeat();
    }
  }

  private async deliver(
    cursor: PartitionCursor,
    topic: string,
    partition: number,
    messages: readonly ReceivedMessage[],
    { heartbeat }: Pick<EachBatchPayload, 'heartbeat'>,
  ): Promise<void> {
    const next = (messages.at(-1) as ReceivedMessage).offset + 1n;
    const beating = setInterval(() => void heartbeat().catch(() => undefined), this.heartbeatMs);
    try {
      await this.options.consume.onBatch({ topic, partition, from: cursor.next, next, messages });
      cursor.moveTo(next);
    } finally {
      clearInterval(beating);
    }
  }

  private isCurrent({ isRunning, isStale }: Pick<EachBatchPayload, 'isRunning' | 'isStale'>): boolean {
    return isRunning() && !isStale() && !this.options.signal.aborted;
  }

  private async cursorOf(topic: string, partition: number): Promise<PartitionCursor> {
    const key = `${topic}/${partition}`;
    const known = this.cursors.get(key);
    if (known) return known;
    const made = new PartitionCursor(await this.options.consume.offsetOf(topic, partition));
    const raced = this.cursors.get(key);
    if (raced) return raced;
    this.cursors.set(key, made);
    return made;
  }

  /** Rests the partition, asks the consumer where it is, and fetches from there. */
  private failed({ topic, partition }: Pick<Batch, 'topic' | 'partition'>, error: unknown): void {
    if (this.over) return;
    const key = `${topic}/${partition}`;
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    this.cursors.delete(key);
    this.log.warn({ err: error, topic, partition, failures }, 'a batch failed and will come again');
    const where = [{ topic, partitions: [partition] }];
    this.consumer.pause(where);
    const retry = setTimeout(() => {
      this.retries.delete(retry);
      this.cursorOf(topic, partition).then(
        ({ next }) => {
          if (this.over) return;
          this.seek(topic, partition, next);
          this.consumer.resume(where);
        },
        (again: unknown) => this.failed({ topic, partition }, again),
      );
    }, backoffMs(failures));
    this.retries.add(retry);
  }

  private seek(topic: string, partition: number, next: bigint): void {
    // Once over, the next member asks for itself.
    if (!this.over) this.consumer.seek({ topic, partition, offset: String(next) });
  }
}

const toReceived = (
  topic: string,
  partition: number,
  { offset, key, headers, value }: KafkaMessage,
): ReceivedMessage => ({
  topic,
  partition,
  offset: BigInt(offset),
  key: key?.toString('utf8') ?? '',
  headers: toText(headers),
  value: value ?? Buffer.alloc(0),
});

/** A header that was sent several times counts with its last value. */
const toText = (headers: IHeaders = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, given]) => {
      const value = Array.isArray(given) ? given.at(-1) : given;
      return [name, value === undefined ? '' : value.toString()];
    }),
  );
