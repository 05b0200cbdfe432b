/** What travels: CloudEvents in binary mode. Header names and values are text; the value is protobuf. */
export interface BusMessage {
  /** Messages of one key stay in order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

export interface ReceivedMessage extends BusMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A topic's shape. Partitions are chosen once and for all: another count would break the order of keys. */
export interface Topic {
  readonly name: string;
  /** 1 … 100. */
  readonly partitions: number;
  /** Milliseconds that messages are kept; Infinity for topics that projections are rebuilt from. */
  readonly retentionMs: number;
}

export abstract class BusProducer {
  /**
   * Publishes in order; answers when every message is durable. At least once: after UNAVAILABLE `BUS_UNAVAILABLE`
   * some may have been published.
   */
  abstract publish(topic: Topic, messages: readonly BusMessage[]): Promise<void>;
  abstract close(): Promise<void>;
}

/** Messages of one partition, in order; `next` is the offset to go on from. */
export interface MessageBatch {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
  readonly messages: readonly ReceivedMessage[];
}

/** Messages of one batch at most, where the consumer does not say. */
export const BATCH_MAX = 500;

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly Topic[];
  /** Where to go on in a partition: the consumer's own record, never the broker's. 0 when nothing was consumed yet. */
  readonly offsetOf: (topic: string, partition: number) => Promise<bigint>;
  /**
   * Applies a batch and moves the consumer's own offset in one transaction. When it throws, the bus asks `offsetOf`
   * again and delivers from there, for ever: nothing is skipped.
   */
  readonly onBatch: (batch: MessageBatch) => Promise<void>;
  /** Messages of one batch at most, from 1; `BATCH_MAX` by default. */
  readonly batchMax?: number;
  /** Of how many partitions a batch may be in hand at once, from 1; 1 by default. An adapter may take fewer. */
  readonly partitionsAtOnce?: number;
  /** Ends consuming; `consume` then resolves once the batch in hand is done. */
  readonly signal: AbortSignal;
}

/** At least once, in order per key, each partition to one live member of the group (as far as the bus can know). */
export abstract class BusConsumer {
  abstract consume(options: ConsumeOptions): Promise<void>;
  /**
   * Where the topic ends now: of each partition that still holds messages the offset after the last of them, whatever anybody has consumed.
   * Errors: UNAVAILABLE `TOPIC_UNKNOWN`, `BUS_UNAVAILABLE`; CONFLICT `TOPIC_PARTITIONS_DIFFER`.
   */
  abstract endsOf(topic: Topic): Promise<ReadonlyMap<number, bigint>>;
  abstract close(): Promise<void>;
}
