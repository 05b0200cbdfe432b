import { BusConsumer, type ConsumeOptions, type Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import { backoffMs, openSession, pause, SILENT, type Log } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { busError } from './bus-errors';
import { checkTopic } from './check-topic';
import { GroupMember } from './group-member';

/** What is kept no longer may be deleted only later. */
const ENDS = `
  SELECT partition, next FROM bus.partition p
  WHERE topic = $1 AND EXISTS (SELECT FROM bus.message m WHERE m.topic = p.topic AND m.partition = p.partition)`;

export interface PostgresBusConsumerOptions {
  readonly log?: Log;
  /** How long to trust a silent NOTIFY, and how often the group is looked at; 1000 by default. */
  readonly pollMs?: number;
}

/**
 * Consumes from the tables of the bus. Each `consume` opens one connection of its own beside the pool, and survives its
 * loss: it joins the group again, and the offsets, which are the consumer's, say where to go on.
 */
export class PostgresBusConsumer extends BusConsumer {
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<void>>();

  /** The pool stays the caller's, and tells how to connect; its role is in the group `gatehouse_bus_user`. */
  constructor(
    private readonly pool: Pool,
    private readonly options: PostgresBusConsumerOptions = {},
  ) {
    super();
  }

  /** Errors: CONFLICT `TOPIC_PARTITIONS_DIFFER`. An absent database is waited for. */
  async consume(options: ConsumeOptions): Promise<void> {
    const run = this.follow(options);
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }

  async endsOf(topic: Topic): Promise<ReadonlyMap<number, bigint>> {
    try {
      await checkTopic(this.pool, topic);
      const { rows } = await this.pool.query<{ partition: number; next: string | bigint }>(ENDS, [
        topic.name,
      ]);
      return new Map(rows.map(({ partition, next }) => [partition, BigInt(next)]));
    } catch (error) {
      throw busError(error, topic.name);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.running);
  }

  private async follow(consume: ConsumeOptions): Promise<void> {
    const { log = SILENT } = this.options;
    const signal = AbortSignal.any([consume.signal, this.closing.signal]);
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        await this.member(consume, signal);
      } catch (error) {
        const known = busError(error, consume.topics.map(({ name }) => name).join(' '));
        if (known instanceof AppError && known.code !== 'UNAVAILABLE') throw known;
        failures = Date.now() - startedAt > 10_000 ? 1 : failures + 1;
        log.warn({ err: error, group: consume.group }, 'the bus is away; it is asked again');
      }
      await pause(backoffMs(Math.max(1, failures)), signal);
    }
  }

  private async member(consume: ConsumeOptions, stopped: AbortSignal): Promise<void> {
    const { log = SILENT, pollMs = 1_000 } = this.options;
    const session = await openSession(this.pool);
    try {
      const signal = AbortSignal.any([stopped, session.lost]);
      await new GroupMember({ consume, session, pollMs, log, signal }).run();
    } finally {
      await session.close();
    }
  }
}
