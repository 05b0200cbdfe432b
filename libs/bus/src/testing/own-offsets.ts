import type { MessageBatch, ReceivedMessage } from '../bus';

/**
 * What a consumer has in its database: the messages it applied and where to go on, moved together and by
 * compare-and-swap. It outlives the consumers that write to it.
 */
export class OwnOffsets {
  readonly applied: ReceivedMessage[] = [];
  refusals = 0;
  private readonly next = new Map<string, bigint>();

  readonly offsetOf = async (topic: string, partition: number): Promise<bigint> =>
    this.next.get(`${topic}/${partition}`) ?? 0n;

  readonly apply = async (batch: MessageBatch): Promise<void> => {
    const key = `${batch.topic}/${batch.partition}`;
    if ((this.next.get(key) ?? 0n) !== batch.from) {
      this.refusals++;
      throw new Error('the offset is not where the batch begins');
    }
    this.applied.push(...batch.messages);
    this.next.set(key, batch.next);
  };

  texts(): string[] {
    return this.applied.map(({ value }) => Buffer.from(value).toString('utf8'));
  }

  textsOf(key: string): string[] {
    return this.applied
      .filter((message) => message.key === key)
      .map(({ value }) => Buffer.from(value).toString('utf8'));
  }
}
