import {
  AccessDeniedError,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  MaxAppendSizeExceededError,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  type AllPage,
  type AppendResult,
  assertAppendable,
  assertAppendSize,
  BEFORE_FIRST,
  EventStore,
  type ExpectedRevision,
  MAX_APPEND_BYTES,
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
import { AppError } from '@gatehouse/kernel';
import { fromRecordedEvent, positionOf, toEventData, type WireRecord } from './event-data';
import { followAll } from './follow-all';
import { pause } from './pause';

export interface EventStoreDbOptions {
  /** How often an append of unknown outcome is sent again, with the same ids; 4 sendings in all by default. */
  readonly attempts?: number;
  /** Deadline of one sending; 5 s by default. */
  readonly deadlineMs?: number;
}

/** Any will do on an insecure server: giving them takes the plain Append call, not the shared batch stream. */
const FALLBACK_CREDENTIALS = { username: 'admin', password: 'changeit' };
const RETRY_MS = 100;
/** Records looked at by one request of `readAll`. */
const WINDOW = 1_000;

/**
 * The log in EventStoreDB or KurrentDB, by `esdb://…`. Positions are the commit positions of `$all`: ordered, not dense.
 * Every append goes by the plain call: on the client's batch path an answer that comes twice ends the process.
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly client: EventStoreDBClient;
  private readonly credentials: { username: string; password: string };
  private readonly closing = new AbortController();
  private readonly attempts: number;
  private readonly deadlineMs: number;

  constructor(connectionString: string, { attempts = 4, deadlineMs = 5_000 }: EventStoreDbOptions = {}) {
    super();
    this.client = EventStoreDBClient.connectionString(connectionString);
    this.credentials = credentialsIn(connectionString);
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
    assertAppendSize(data.reduce((bytes, event) => bytes + event.bytes, 0));
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.client.appendToStream(
          stream,
          data.map(({ event }) => event),
          { expectedRevision: toExpectedRevision(expected), ...this.call() },
        );
        if (answer.position === undefined)
          throw new Error('EventStoreDB answered an append without a position');
        return {
          revision: revision(answer.nextExpectedRevision),
          position: position(answer.position.commit),
        };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal) throw refusal;
        // The outcome is unknown. The same ids at the same expected revision answer as the first sending did.
        if (attempt >= this.attempts || this.closing.signal.aborted) throw unavailable(error);
        await pause(RETRY_MS * attempt, this.closing.signal);
      }
    }
  }

  async read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    const { from, direction = 'forward', limit } = options;
    if (limit === 0) return [];
    const forward = direction === 'forward';
    const events: RecordedEvent[] = [];
    const reading = this.client.readStream(stream, {
      direction: forward ? FORWARDS : BACKWARDS,
      fromRevision: from ?? (forward ? START : END),
      ...(limit !== undefined && { maxCount: limit }),
      ...this.call(),
    });
    try {
      for await (const { event } of reading) if (event) events.push(fromRecordedEvent(event as WireRecord));
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw unavailable(error);
    }
    return events;
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const events: RecordedEvent[] = [];
    let next = after;
    for (;;) {
      const { records, end } = await this.readWindow(next);
      for (const record of records) {
        next = positionOf(record);
        if (isOurs(record.streamId, streamPrefixes)) events.push(fromRecordedEvent(record));
        if (events.length === limit) return { events, next, end: end && record === records.at(-1) };
      }
      if (end || events.length > 0) return { events, next, end };
    }
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    return followAll(this.client, this.credentials, { ...options, signal });
  }

  async head(): Promise<Position> {
    try {
      const reading = this.client.readAll({
        direction: BACKWARDS,
        fromPosition: END,
        maxCount: 1,
        ...this.call(),
      });
      for await (const { event } of reading) if (event) return positionOf(event as WireRecord);
    } catch (error) {
      throw unavailable(error);
    }
    return BEFORE_FIRST;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client.dispose();
  }

  /** The records after a position, system events included; the server's answer begins with the one at it. */
  private async readWindow(after: Position): Promise<{ records: readonly WireRecord[]; end: boolean }> {
    const records: WireRecord[] = [];
    let read = 0;
    try {
      const reading = this.client.readAll({
        fromPosition: after === BEFORE_FIRST ? START : { commit: after, prepare: after },
        maxCount: WINDOW,
        ...this.call(),
      });
      for await (const { event } of reading) {
        read++;
        if (event && positionOf(event as WireRecord) > after) records.push(event as WireRecord);
      }
    } catch (error) {
      throw unavailable(error);
    }
    return { records, end: read < WINDOW };
  }

  private call(): { credentials: { username: string; password: string }; deadline: number } {
    return { credentials: this.credentials, deadline: this.deadlineMs };
  }
}

/** System streams begin with `$` and are never ours. */
const isOurs = (stream: string, prefixes: readonly string[] | undefined): boolean =>
  !stream.startsWith('$') && (prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix)));

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

/** What the server said for certain; anything else leaves the outcome unknown. */
const refusalOf = (error: unknown): AppError | undefined => {
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return revisionMismatch(typeof actualVersion === 'bigint' ? actualVersion : undefined);
  }
  if (error instanceof MaxAppendSizeExceededError) {
    return new AppError('INVALID', 'APPEND_MALFORMED', {
      metadata: { fault: `over ${MAX_APPEND_BYTES} bytes` },
    });
  }
  if (error instanceof AccessDeniedError)
    return new AppError('FORBIDDEN', 'EVENT_STORE_DENIED', { cause: error });
  return undefined;
};

const unavailable = (cause: unknown): AppError =>
  new AppError('UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE', { cause });

const credentialsIn = (connectionString: string): { username: string; password: string } => {
  const match = /^[^:]+:\/\/([^:@/]+):([^@/]*)@/.exec(connectionString);
  if (!match) return FALLBACK_CREDENTIALS;
  return { username: decodeURIComponent(match[1] ?? ''), password: decodeURIComponent(match[2] ?? '') };
};
