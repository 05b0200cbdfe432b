import type { BusConsumer, ConsumeOptions, MessageBatch, ReceivedMessage, Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import { backoffMs, inTransaction, isTransient, pause, SILENT, type Log } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { isPast, lockReader, moveOffset, readerId, readOffset, type Reader } from './bookkeeping';
import { applyOrBury, type Item } from './dead-letters';
import type { Tx } from './projection';
import { replayInboxDeadLetters, type ReplayResult } from './replay-dead-letters';

export interface InboxOptions extends Pick<ConsumeOptions, 'batchMax' | 'partitionsAtOnce'> {
  /** Unique in the service, kebab-case. */
  readonly name: string;
  /** The consumer group, where it is not named after the inbox: its members share the partitions. */
  readonly group?: string;
  readonly topics: readonly Topic[];
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is. */
  readonly schema: string;
  readonly consumer: BusConsumer;
  readonly log?: Log;
  /**
   * Applies messages of one partition, in order. A transient error undoes all and brings the batch again; any other
   * makes it try them one by one, each undone when it throws and kept as a dead letter.
   */
  handle(tx: Tx, messages: readonly ReceivedMessage[]): Promise<void>;
  /** Told of a message that became a dead letter without having been refused, in the same transaction. */
  buried?(tx: Tx, message: ReceivedMessage): Promise<void>;
  /** Told of every batch that was applied, once it stands. */
  applied?(): void;
}

const LOOK_MS = 50;

/**
 * Messages off the bus, each applied exactly once: the offset is in this database, and moves by compare-and-swap in the
 * transaction that applies the batch. The bus may deliver twice, or to two members at once: one of them is refused.
 */
export class Inbox {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private count = 0;

  constructor(private readonly options: InboxOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Messages handled by this object, dead letters not among them. */
  get handled(): number {
    return this.count;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends when the batch in hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * Waits until all is applied that the bus has now, by whichever process of the group. Answers false where that takes longer. Errors: of
   * the bus, UNAVAILABLE `BUS_UNAVAILABLE` among them.
   */
  async catchUp(withinMs: number): Promise<boolean> {
    const { pool, topics, consumer } = this.options;
    const ends = new Map(
      await Promise.all(topics.map(async (topic) => [topic.name, await consumer.endsOf(topic)] as const)),
    );
    for (const deadline = Date.now() + withinMs; ;) {
      if (await isPast(pool, this.reader, ends)) return true;
      if (Date.now() >= deadline || this.stopping.signal.aborted) return false;
      await pause(LOOK_MS, this.stopping.signal);
    }
  }

  /** Tries its dead letters again, oldest first, each in a transaction of its own; those that work are deleted. */
  replayDeadLetters(): Promise<ReplayResult> {
    const { name, pool, schema, log = SILENT } = this.options;
    const handle = (tx: Tx, messages: readonly ReceivedMessage[]) => this.options.handle(tx, messages);
    return replayInboxDeadLetters({ name, pool, schema, log, handle });
  }

  /** Applies one batch, as the bus delivers it. CONFLICT `OFFSET_MOVED` when another has applied it. */
  async receive(batch: MessageBatch): Promise<void> {
    const { log = SILENT } = this.options;
    try {
      const applied = await this.apply(batch);
      // Other partitions may have added to it meanwhile.
      this.count += applied;
      this.options.applied?.();
    } catch (error) {
      const told = {
        err: error,
        group: this.group,
        topic: batch.topic,
        partition: batch.partition,
      };
      if (!isTransient(error) && !(error instanceof AppError))
        log.error(told, 'a fault of the program holds messages up; they are tried again');
      throw error;
    }
  }

  private apply(batch: MessageBatch): Promise<number> {
    const { pool, log = SILENT } = this.options;
    return inTransaction(pool, async (tx) => {
      await lockReader(tx, this.reader);
      // First of all: the row is locked from here, so that of two who hold this batch one waits and is refused.
      if (!(await moveOffset(tx, this.reader, batch))) throw new AppError('CONFLICT', 'OFFSET_MOVED');
      const apply = (messages: readonly ReceivedMessage[]): Promise<void> =>
        this.options.handle(tx, messages);
      const items = batch.messages.map((message) => this.toItem(tx, message));
      return applyOrBury(tx, this.reader, items, apply, log);
    });
  }

  private get reader(): Reader {
    return { schema: this.options.schema, name: this.options.name };
  }

  private toItem(tx: Tx, message: ReceivedMessage): Item<ReceivedMessage> {
    const { topic, partition, offset } = message;
    return {
      value: message,
      letter: () => ({ origin: { kind: 'bus', topic, partition, offset }, message }),
      buried: async () => this.options.buried?.(tx, message),
    };
  }

  private get group(): string {
    return this.options.group ?? readerId(this.reader);
  }

  private async run(): Promise<void> {
    const { pool, topics, consumer, batchMax, partitionsAtOnce, log = SILENT } = this.options;
    const { signal } = this.stopping;
    const { group } = this;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await consumer.consume({
          group,
          topics,
          offsetOf: (topic, partition) => readOffset(pool, this.reader, topic, partition),
          onBatch: (batch) => this.receive(batch),
          ...(batchMax !== undefined && { batchMax }),
          ...(partitionsAtOnce !== undefined && { partitionsAtOnce }),
          signal,
        });
      } catch (error) {
        log.error({ err: error, group }, 'consuming ended; it begins again');
      }
      await pause(backoffMs(failures), signal);
    }
  }
}
