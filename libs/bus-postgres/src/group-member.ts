import { Signal } from '@gatehouse/kernel';
import {
  BATCH_MAX,
  type ConsumeOptions,
  type MessageBatch,
  type ReceivedMessage,
  type Topic,
} from '@gatehouse/bus';
import { advisoryKey, backoffMs, type Log, type Session } from '@gatehouse/postgres';
import { checkTopic } from './check-topic';

const CHANNEL = 'gatehouse_bus';
const GROUP_CHANNEL = 'gatehouse_bus_group';
const MAX_BYTES = 4 * 1024 * 1024;
const EXPIRE_EVERY_MS = 60_000;

/** Members of a topic's group, found by the lock they share; in the same order for all. */
const MEMBERS = `
  SELECT k.topic, l.pid, l.pid = pg_backend_pid() AS me
  FROM unnest($1::text[], $2::bigint[]) AS k (topic, key)
  JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ShareLock'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295
  ORDER BY k.topic, l.pid`;

/** As much as fits, and at least one. */
const PAGE = `
  SELECT "offset", key, headers, value FROM (
    SELECT m."offset", m.key, m.headers, m.value,
      sum(octet_length(m.value)) OVER (ORDER BY m."offset") - octet_length(m.value) AS before
    FROM bus.message m
    WHERE m.topic = $1 AND m.partition = $2 AND m."offset" >= $3
    ORDER BY m."offset" LIMIT $4
  ) AS page WHERE before < ${MAX_BYTES} ORDER BY "offset"`;

/** A partition that is this member's, by a lock of its session. */
interface Owned {
  readonly topic: string;
  readonly partition: number;
  readonly lock: bigint;
  /** Undefined until the consumer was asked, and again after a failure. */
  next: bigint | undefined;
  failures: number;
  retryAt: number;
}

export interface GroupMemberOptions {
  readonly consume: ConsumeOptions;
  readonly session: Session;
  readonly pollMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * One member of a consumer group for as long as its session lives. Who is a member, and whose a partition is, are
 * session locks: a member that dies leaves none behind.
 */
export class GroupMember {
  private readonly owned = new Map<string, Owned>();
  private readonly wakeUp = new Signal();
  private regroupAt = 0;
  private expireAt = 0;

  constructor(private readonly options: GroupMemberOptions) {}

  /** Until aborted, or the session is lost. */
  async run(): Promise<void> {
    const { signal, pollMs } = this.options;
    await this.join();
    try {
      while (!signal.aborted) {
        const mark = this.wakeUp.mark();
        if (Date.now() >= this.regroupAt) await this.regroup();
        const progressed = await this.round();
        await this.expire();
        if (!progressed) await this.wakeUp.wait(mark, this.restMs(pollMs), signal);
      }
    } finally {
      await this.leave();
    }
  }

  private get client(): Session['client'] {
    return this.options.session.client;
  }

  private async join(): Promise<void> {
    const { group, topics } = this.options.consume;
    const names = new Set(topics.map(({ name }) => name));
    for (const topic of topics) await checkTopic(this.client, topic);
    this.client.on('notification', ({ channel, payload = '' }) => {
      if (channel === GROUP_CHANNEL && payload === group) this.regroupAt = 0;
      else if (channel !== CHANNEL || !names.has(payload)) return;
      this.wakeUp.raise();
    });
    await this.client.query(`LISTEN ${CHANNEL}`);
    await this.client.query(`LISTEN ${GROUP_CHANNEL}`);
    for (const topic of topics) {
      await this.client.query('SELECT pg_advisory_lock_shared($1)', [this.memberLock(topic)]);
    }
    await this.tellGroup();
  }

  /** The session's end would do the same, a little later. */
  private async leave(): Promise<void> {
    try {
      await this.client.query('SELECT pg_advisory_unlock_all()');
      await this.tellGroup();
    } catch {
      // The session is lost, and its locks with it.
    }
  }

  private async tellGroup(): Promise<void> {
    await this.client.query('SELECT pg_notify($1, $2)', [GROUP_CHANNEL, this.options.consume.group]);
  }

  private memberLock({ name }: Topic): bigint {
    return advisoryKey(`bus member ${this.options.consume.group} ${name}`);
  }

  /** Divides the partitions anew: gives back what is not its share any more, takes what is and is free. */
  private async regroup(): Promise<void> {
    this.regroupAt = Date.now() + this.options.pollMs;
    const { topics } = this.options.consume;
    const { rows } = await this.client.query<{ topic: string; me: boolean }>(MEMBERS, [
      topics.map(({ name }) => name),
      topics.map((topic) => this.memberLock(topic)),
    ]);
    for (const topic of topics) {
      const members = rows.filter((row) => row.topic === topic.name);
      const me = members.findIndex((row) => row.me);
      for (let partition = 0; partition < topic.partitions; partition++) {
        const mine = partition % members.length === me;
        await (mine ? this.take(topic.name, partition) : this.giveBack(topic.name, partition));
      }
    }
  }

  private async take(topic: string, partition: number): Promise<void> {
    const key = `${topic}/${partition}`;
    if (this.owned.has(key)) return;
    const lock = advisoryKey(`bus partition ${this.options.consume.group} ${key}`);
    const { rows } = await this.client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      lock,
    ]);
    if (!rows[0]?.taken) return;
    this.owned.set(key, { topic, partition, lock, next: undefined, failures: 0, retryAt: 0 });
  }

  private async giveBack(topic: string, partition: number): Promise<void> {
    const key = `${topic}/${partition}`;
    const owned = this.owned.get(key);
    if (owned === undefined) return;
    this.owned.delete(key);
    await this.client.query('SELECT pg_advisory_unlock($1)', [owned.lock]);
    await this.tellGroup();
  }

  /** One batch of each partition with news, the one served longest ago first; false when nothing was delivered. */
  private async round(): Promise<boolean> {
    const { rows } = await this.client.query<{ topic: string; partition: number; next: string | bigint }>(
      'SELECT topic, partition, next FROM bus.partition WHERE topic = ANY ($1) AND next > 0',
      [this.options.consume.topics.map(({ name }) => name)],
    );
    const ends = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, BigInt(row.next)]));
    let progressed = false;
    for (const [key, owned] of [...this.owned]) {
      if (this.options.signal.aborted || Date.now() >= this.regroupAt) return true;
      const end = ends.get(key) ?? 0n;
      if (end <= (owned.next ?? 0n) || Date.now() < owned.retryAt) continue;
      this.owned.delete(key);
      this.owned.set(key, owned);
      if (await this.deliver(owned, end)) progressed = true;
    }
    return progressed;
  }

  private async deliver(owned: Owned, end: bigint): Promise<boolean> {
    const { offsetOf, onBatch } = this.options.consume;
    const { topic, partition } = owned;
    try {
      const from = (owned.next ??= await offsetOf(topic, partition));
      if (from >= end) {
        if (from > end)
          this.options.log.error({ topic, partition, from, end }, 'the bus ends before the offset');
        return false;
      }
    } catch (error) {
      this.failed(owned, error);
      return false;
    }
    const batch = await this.page(owned, owned.next);
    if (batch === undefined) return false;
    try {
      await onBatch(batch);
      owned.next = batch.next;
      owned.failures = 0;
      return true;
    } catch (error) {
      this.failed(owned, error);
      return false;
    }
  }

  private failed(owned: Owned, error: unknown): void {
    owned.next = undefined;
    owned.retryAt = Date.now() + backoffMs(++owned.failures);
    const { topic, partition, failures } = owned;
    this.options.log.warn({ err: error, topic, partition, failures }, 'a batch failed and will come again');
  }

  private async page({ topic, partition }: Owned, from: bigint): Promise<MessageBatch | undefined> {
    const { batchMax = BATCH_MAX } = this.options.consume;
    const { rows } = await this.client.query<RowOfMessage>(PAGE, [topic, partition, from, batchMax]);
    const messages = rows.map((row) => fromRow(topic, partition, row));
    const last = messages.at(-1);
    return last && { topic, partition, from, next: last.offset + 1n, messages };
  }

  private async expire(): Promise<void> {
    if (Date.now() < this.expireAt) return;
    const { rows } = await this.client.query<{ expired: string | bigint }>('SELECT bus.expire() AS expired');
    const more = BigInt(rows[0]?.expired ?? 0) > 0n;
    this.expireAt = more ? 0 : Date.now() + EXPIRE_EVERY_MS;
  }

  /** Until the next look, or the next retry if that is sooner. */
  private restMs(pollMs: number): number {
    const now = Date.now();
    const retries = [...this.owned.values()]
      .filter(({ retryAt }) => retryAt > now)
      .map(({ retryAt }) => retryAt - now);
    return Math.max(1, Math.min(pollMs, this.regroupAt - now, ...retries));
  }
}

interface RowOfMessage {
  readonly offset: string | bigint;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: Buffer;
}

const fromRow = (topic: string, partition: number, row: RowOfMessage): ReceivedMessage => ({
  topic,
  partition,
  offset: BigInt(row.offset),
  key: row.key,
  headers: row.headers,
  value: row.value,
});
