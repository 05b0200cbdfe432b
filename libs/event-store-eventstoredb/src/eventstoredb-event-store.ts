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
  type Revision,
  revision,
  revisionMismatch,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@gatehouse/event-store';
import { type Connection, connect, disconnect } from './connection';
import { fromRecordedEvent, isWanted, positionOf, toEventData } from './event-data';
import { findAppended } from './find-appended';
import { followAll } from './follow-all';
import { LogReader, type Window } from './log-reader';
import { within } from './pause';
import { Persistence } from './persistence';
import { SingleFlight } from './single-flight';
import { refusalOf } from './wire-failure';

export interface EventStoreDbOptions {
  /** What one call may take, and how long a read may be silent; 5 s by default. */
  readonly deadlineMs?: number;
  /**
   * How long a call that fails, or whose outcome is unknown, is made again, an append always with the same ids: 8 s by
   * default, within the 10 s that clients give a command. 0 makes it once.
   */
  readonly patienceMs?: number;
  /** For the pauses between; from 0 to 1. */
  readonly random?: () => number;
}

const DEADLINE_MS = 5_000;
const PATIENCE_MS = 8_000;
/** Records looked at by one request of a `readAll` that asks for some streams only. */
const WINDOW = 1_000;
/** Events of a stream that are read at once at most, and streams. */
const PART = 500;
const STREAMS_AT_ONCE = 16;
/** Each event of an append is a message of its own, and adds to the deadline. */
const EVENT_MS = 10;
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
  private readonly flights = new SingleFlight<AppendResult>();
  private readonly persistence: Persistence;
  private readonly random: () => number;

  constructor(
    connectionString: string,
    { deadlineMs = DEADLINE_MS, patienceMs = PATIENCE_MS, random = Math.random }: EventStoreDbOptions = {},
  ) {
    super();
    // As many listen as calls are under way.
    setMaxListeners(0, this.closing.signal);
    this.connection = connect(connectionString);
    this.reader = new LogReader(this.connection, deadlineMs);
    this.random = random;
    this.persistence = new Persistence({ patienceMs, deadlineMs, random, signal: this.closing.signal });
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
    const result = await this.flights.fly(
      { to: `${expected} ${stream}`, ids: events.map(({ id }) => id) },
      () =>
        this.persistence.until((deadlineMs) =>
          typeof expected === 'bigint' || expected === 'none'
            ? this.send(stream, proposed, expected, deadlineMs)
            : this.sendForgettable(stream, proposed, expected, deadlineMs),
        ),
    );
    this.grown.raise();
    return result;
  }

  async read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    if (options.limit === 0) return [];
    const records = await this.persistence.until((silenceMs) =>
      this.reader.stream(stream, options, silenceMs),
    );
    return records.map(fromRecordedEvent);
  }

  override async *readParts(stream: string): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
    for (let from = revision(0n); ;) {
      const { records, end } = await this.part(stream, from);
      const last = records.at(-1);
      if (last === undefined) return;
      yield records.map(fromRecordedEvent);
      if (end) return;
      from = revision(last.revision + 1n);
    }
  }

  /** Of what is more than one part, nothing. */
  override async *readGroups(
    streams: readonly string[],
  ): AsyncGenerator<ReadonlyMap<string, readonly RecordedEvent[]>, void, undefined> {
    for (let next = 0; next < streams.length; next += STREAMS_AT_ONCE) {
      const some = streams.slice(next, next + STREAMS_AT_ONCE);
      const parts = await Promise.all(some.map((stream) => this.part(stream, revision(0n))));
      const whole = some.flatMap((stream, index) => {
        const { records, end } = parts[index] as Window;
        return end ? [[stream, records.map(fromRecordedEvent)] as const] : [];
      });
      if (whole.length > 0) yield new Map(whole);
    }
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const events: RecordedEvent[] = [];
    const size = streamPrefixes ? WINDOW : limit;
    let next = after;
    for (;;) {
      const { records, end } = await this.persistence.until((silenceMs) =>
        this.reader.window(next, size, silenceMs),
      );
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
    const { connection, reader, grown, random } = this;
    return followAll({ connection, reader, grown, random }, { ...options, signal });
  }

  async head(): Promise<Position> {
    return this.persistence.until((silenceMs) => this.reader.head(silenceMs));
  }

  /** Ends the store's subscriptions and its connection; what is under way fails with UNAVAILABLE. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await disconnect(this.connection);
  }

  private part(stream: string, from: Revision): Promise<Window> {
    return this.persistence.until((silenceMs) => this.reader.part(stream, from, PART, silenceMs));
  }

  /**
   * With `any` and `exists` the server knows a repetition only by the ids that it has in memory. After an outcome that
   * is unknown it may have begun anew and forgotten them, so the stream is searched first.
   */
  private async sendForgettable(
    stream: string,
    events: readonly EventData[],
    expected: 'any' | 'exists',
    deadlineMs: number,
  ): Promise<AppendResult> {
    const [{ id }] = events as [EventData];
    const appended = this.unsettled.has(id) ? await findAppended(this.reader, stream, events) : undefined;
    if (appended) return appended;
    try {
      return await this.send(stream, events, expected, deadlineMs);
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
    deadlineMs: number,
  ): Promise<AppendResult> {
    const deadline = deadlineMs + events.length * EVENT_MS;
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
