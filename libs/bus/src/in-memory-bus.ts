import { AppError, type Clock, Signal, SystemClock } from '@gatehouse/kernel';
import {
  BATCH_MAX,
  BusConsumer,
  BusProducer,
  type BusMessage,
  type ConsumeOptions,
  type ReceivedMessage,
  type Topic,
} from './bus';

const RETRY_MS = 20;
const POLL_MS = 1_000;

interface Log {
  readonly topic: Topic;
  readonly partitions: readonly Partition[];
}

interface Partition {
  first: bigint;
  readonly messages: { readonly message: ReceivedMessage; readonly publishedAt: number }[];
  /** Groups whose member has a batch of this partition in hand. */
  readonly inHand: Set<string>;
}

/** A bus in one process's memory, for fast tests. The object is the broker: producers and consumers come and go. */
export class InMemoryBus {
  private readonly logs = new Map<string, Log>();
  private readonly groups = new Map<string, Member[]>();
  private readonly wakeUp = new Signal();

  constructor(private readonly clock: Clock = new SystemClock()) {}

  producer(): BusProducer {
    return new InMemoryBusProducer((topic, messages) => this.append(topic, messages));
  }

  consumer(): BusConsumer {
    return new InMemoryBusConsumer(
      (options, closing) => this.follow(options, closing),
      (topic) => this.endsOf(topic),
    );
  }

  /** Not needed before use: a topic that nobody made begins when it is first named. */
  createTopic(topic: Topic): void {
    this.logOf(topic);
  }

  /** How long the topic's messages are kept, in milliseconds. */
  retentionOf(topic: string): number | undefined {
    return this.logs.get(topic)?.topic.retentionMs;
  }

  private append(topic: Topic, messages: readonly BusMessage[]): void {
    const { partitions } = this.logOf(topic);
    const publishedAt = this.clock.now().getTime();
    for (const message of messages) {
      const index = partitionOf(message.key, topic.partitions);
      const partition = partitions[index] as Partition;
      const offset = endOf(partition);
      const copy = { ...message, headers: { ...message.headers }, value: Uint8Array.from(message.value) };
      partition.messages.push({
        message: { ...copy, topic: topic.name, partition: index, offset },
        publishedAt,
      });
    }
    this.wakeUp.raise();
  }

  private endsOf(topic: Topic): ReadonlyMap<number, bigint> {
    const ends = new Map<number, bigint>();
    for (const [index, partition] of this.logOf(topic).partitions.entries()) {
      this.expire(topic, partition);
      if (partition.messages.length > 0) ends.set(index, endOf(partition));
    }
    return ends;
  }

  private logOf(topic: Topic): Log {
    const known = this.logs.get(topic.name);
    if (known && known.topic.partitions !== topic.partitions) {
      throw new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', { metadata: { topic: topic.name } });
    }
    const log = known ?? {
      topic,
      partitions: Array.from({ length: topic.partitions }, () => ({
        first: 0n,
        messages: [],
        inHand: new Set<string>(),
      })),
    };
    this.logs.set(topic.name, log);
    return log;
  }

  private async follow(options: ConsumeOptions, closing: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([options.signal, closing]);
    const member: Member = { topics: options.topics, next: new Map() };
    const logs = options.topics.map((topic) => this.logOf(topic));
    const members = this.groups.get(options.group) ?? [];
    this.groups.set(options.group, members);
    members.push(member);
    this.wakeUp.raise();
    try {
      while (!signal.aborted) {
        const mark = this.wakeUp.mark();
        const progressed = await this.round(options, member, logs, signal);
        if (!progressed) await this.wakeUp.wait(mark, POLL_MS, signal);
      }
    } finally {
      members.splice(members.indexOf(member), 1);
      this.wakeUp.raise();
    }
  }

  /** One batch of each partition that is this member's; false when there was nothing to do. */
  private async round(
    options: ConsumeOptions,
    member: Member,
    logs: readonly Log[],
    signal: AbortSignal,
  ): Promise<boolean> {
    let progressed = false;
    for (const { topic, partitions } of logs) {
      for (const [index, partition] of partitions.entries()) {
        if (signal.aborted) return true;
        const key = `${topic.name}/${index}`;
        if (!this.isMine(options.group, member, topic, index)) {
          member.next.delete(key);
          continue;
        }
        if (partition.inHand.has(options.group)) continue;
        partition.inHand.add(options.group);
        try {
          if (await this.deliver(options, member, topic, index, partition)) progressed = true;
        } catch {
          member.next.delete(key);
          setTimeout(() => this.wakeUp.raise(), RETRY_MS);
        } finally {
          partition.inHand.delete(options.group);
        }
      }
    }
    if (progressed) this.wakeUp.raise();
    return progressed;
  }

  private async deliver(
    { offsetOf, onBatch, batchMax = BATCH_MAX }: ConsumeOptions,
    member: Member,
    topic: Topic,
    index: number,
    partition: Partition,
  ): Promise<boolean> {
    const key = `${topic.name}/${index}`;
    const from = member.next.get(key) ?? (await offsetOf(topic.name, index));
    member.next.set(key, from);
    this.expire(topic, partition);
    const skipped = from > partition.first ? Number(from - partition.first) : 0;
    const messages = partition.messages.slice(skipped, skipped + batchMax).map(({ message }) => message);
    const last = messages.at(-1);
    if (last === undefined) return false;
    const next = last.offset + 1n;
    await onBatch({ topic: topic.name, partition: index, from, next, messages });
    member.next.set(key, next);
    return true;
  }

  private isMine(group: string, member: Member, topic: Topic, index: number): boolean {
    const members = (this.groups.get(group) ?? []).filter(({ topics }) =>
      topics.some(({ name }) => name === topic.name),
    );
    return members[index % members.length] === member;
  }

  private expire({ retentionMs }: Topic, partition: Partition): void {
    const oldest = this.clock.now().getTime() - retentionMs;
    const kept = partition.messages.findIndex(({ publishedAt }) => publishedAt >= oldest);
    const expired = kept === -1 ? partition.messages.length : kept;
    partition.messages.splice(0, expired);
    partition.first += BigInt(expired);
  }
}

interface Member {
  readonly topics: readonly Topic[];
  /** Where to go on, per partition in hand. */
  readonly next: Map<string, bigint>;
}

class InMemoryBusProducer extends BusProducer {
  constructor(private readonly append: (topic: Topic, messages: readonly BusMessage[]) => void) {
    super();
  }

  async publish(topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    this.append(topic, messages);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

class InMemoryBusConsumer extends BusConsumer {
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly follow: (options: ConsumeOptions, closing: AbortSignal) => Promise<void>,
    private readonly ends: (topic: Topic) => ReadonlyMap<number, bigint>,
  ) {
    super();
  }

  async consume(options: ConsumeOptions): Promise<void> {
    const run = this.follow(options, this.closing.signal);
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }

  async endsOf(topic: Topic): Promise<ReadonlyMap<number, bigint>> {
    return this.ends(topic);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.running);
  }
}

const endOf = ({ first, messages }: Partition): bigint => first + BigInt(messages.length);

/** FNV-1a: nothing but this object has to agree with it. */
const partitionOf = (key: string, partitions: number): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % partitions;
};
