import { Signal } from '@gatehouse/kernel';
import { setMaxListeners } from 'node:events';
import type { AppendExpectedRevision, EventData } from '@eventstore/db-client';
import {
  type AllPage,
  type AppendResult,
  assertAppendable,
  assertAppendSize,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  position,
  type ReadAllOptions,
  type ReadOptions,
  type RecordedEvent,
  revision,
  revisionMismatch,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@gatehouse/event-store';
import { type Connection, connect, disconnect } from './connection';
import { fromRecordedEvent, isWanted, positionOf, toEventData } from './event-data';
import { findAppended } from './find-appended';
import { followAll } from './follow-all';
import { LogReader } from './log-reader';
import { pause, unlessAborted, within } from './pause';
import { refusalOf, unavailable } from './wire-failure';

export interface EventStoreDbOptions {
  /** How often an append of unknown outcome is sent, always with the same ids; 4 times in all by default. */
  readonly attempts?: number;
  /** Deadline of one append, and of a read's silence; 5 s by default. */
  readonly deadlineMs?: number;
}

const ATTEMPTS = 4;
const RETRY_MS = 100;
/** After a failure the client makes its channel anew; what is called before that fails for nothing. */
const SETTLE_MS = 10;
/** Records looked at by one request of a `readAll` that asks for some streams only. */
const WINDOW = 1_000;
/** Each event of an append is a message of its own, and adds to the deadline. */
const EVENT_MS = 10;
/** A call is not made again when so many deadlines have passed. */
const PATIENCE = 2;
/** Beyond the deadline that the client is to keep. */
const GRACE_MS = 1_000;
/** Appends of unknown outcome that are remembered, for their repetition. */
const UNSETTLED_MAX = 10_000;

/**
 * The log in EventStoreDB or KurrentDB, by `esdb://…`. Positions are the commit positions of `$all`: ordered, not dense.
 * Every append goes by the plain call: on the client's batch path an answer that comes twice ends the process.
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly connection: Connection;
  private readonly reader: LogReader;
  private readonly grown = new Signal();
  private readonly closing = new AbortController();
  /** First ids of appends that name no revision and whose outcome is unknown. */
  private readonly unsettled = new Set<string>();
  private readonly attempts: number;
  private readonly deadlineMs: number;

  constructor(
    connectionString: string,
    { attempts = ATTEMPTS, deadlineMs = 5_000 }: EventStoreDbOptions = {},
  ) {
    super();
    // As many listen as calls are under way.
    setMaxListeners(0, this.closing.signal);
    this.connection = connect(connectionString);
    this.reader = new LogReader(this.connection, deadlineMs);
    this.attempts = attempts;
    this.deadlineMs = deadlineMs;
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    assertAppendable(stream, events, expected);
    const data = events.map(toEventData);
    assertAppendSize(data.reduce((bytes, { bytes: more }) => bytes + more, 0));
    const proposed = data.map(({ event }) => event);
    const result = await this.persistently(
      () =>
        typeof expected === 'bigint' || expected === 'none'
          ? this.send(stream, proposed, expected)
          : this.sendForgettable(stream, proposed, expected),
      this.attempts,
    );
    this.grown.raise();
    return result;
  }

  async read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    if (options.limit === 0) return [];
    const records = await this.persistently(() => this.reader.stream(stream, options));
    return records.map(fromRecordedEvent);
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const events: RecordedEvent[] = [];
    const size = streamPrefixes ? WINDOW : limit;
    let next = after;
    for (;;) {
      const { records, end } = await this.persistently(() => this.reader.window(next, size));
      for (const record of records) {
        next = positionOf(record);
        if (isWanted(record, streamPrefixes)) events.push(fromRecordedEvent(record));
        if (events.length === limit) return { events, next, end: end && record === records.at(-1) };
      }
      if (end || events.length > 0) return { events, next, end };
    }
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    const { connection, reader, grown } = this;
    return followAll({ connection, reader, grown }, { ...options, signal });
  }

  async head(): Promise<Position> {
    return this.persistently(() => this.reader.head());
  }

  /** Ends the store's subscriptions and its connection; what is under way fails with UNAVAILABLE. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await disconnect(this.connection);
  }

  /**
   * With `any` and `exists` the server knows a repetition only by the ids that it has in memory. After an outcome that
   * is unknown it may have begun anew and forgotten them, so the stream is searched first.
   */
  private async sendForgettable(
    stream: string,
    events: readonly EventData[],
    expected: 'any' | 'exists',
  ): Promise<AppendResult> {
    const [{ id }] = events as [EventData];
    const appended = this.unsettled.has(id) ? await findAppended(this.reader, stream, events) : undefined;
    if (appended) return appended;
    try {
      return await this.send(stream, events, expected);
    } catch (error) {
      if (!refusalOf(error)) this.remember(id);
      throw error;
    }
  }

  private remember(id: string): void {
    this.unsettled.add(id);
    const [oldest] = this.unsettled;
    if (oldest !== undefined && this.unsettled.size > UNSETTLED_MAX) this.unsettled.delete(oldest);
  }

  private async send(
    stream: string,
    events: readonly EventData[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const deadline = this.deadlineMs + events.length * EVENT_MS;
    const sending = this.connection.client.appendToStream(stream, [...events], {
      expectedRevision: toExpectedRevision(expected),
      credentials: this.connection.credentials,
      deadline,
      requiresLeader: true,
    });
    const answer = await within(deadline + GRACE_MS, sending);
    if (!answer.success)
      throw revisionMismatch(answer.nextExpectedRevision < 0n ? undefined : answer.nextExpectedRevision);
    if (answer.position === undefined) throw new Error('EventStoreDB answered an append without a position');
    return { revision: revision(answer.nextExpectedRevision), position: position(answer.position.commit) };
  }

  /** Tries again what may be tried again; what was refused for certain is not. */
  private async persistently<T>(call: () => Promise<T>, attempts = ATTEMPTS): Promise<T> {
    const { signal } = this.closing;
    const giveUpAt = performance.now() + PATIENCE * this.deadlineMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await unlessAborted(signal, call);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal) throw refusal;
        const last = attempt >= attempts || signal.aborted || performance.now() >= giveUpAt;
        await pause(last ? SETTLE_MS : RETRY_MS * attempt, signal);
        if (last) throw unavailable(error);
      }
    }
  }
}

const toExpectedRevision = (expected: ExpectedRevision): AppendExpectedRevision => {
  switch (expected) {
    case 'any':
      return 'any';
    case 'none':
      return 'no_stream';
    case 'exists':
      return 'stream_exists';
    default:
      return expected;
  }
};
