import { type NewEvent, type Position, type RecordedEvent, type Revision, revision } from './event';

/** What the stream must be like for an append to happen: anything, absent, present, or exactly at a revision. */
export type ExpectedRevision = 'any' | 'none' | 'exists' | Revision;

export interface AppendResult {
  /** Revision of the last event of the append. */
  readonly revision: Revision;
  /** Position of the last event of the append. */
  readonly position: Position;
}

/** What is to be appended to one of several streams. */
export interface StreamAppend {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: ExpectedRevision;
}

export interface ReadOptions {
  /** First revision to answer, inclusive. Forward: 0 by default. Backward: the end by default. */
  readonly from?: Revision;
  readonly direction?: 'forward' | 'backward';
  /** At most this many events; all by default. */
  readonly limit?: number;
}

export interface ReadAllOptions {
  /** Exclusive. */
  readonly after: Position;
  /** 1 … 10_000. */
  readonly limit: number;
  /** Only streams whose name begins with one of these; all by default. */
  readonly streamPrefixes?: readonly string[];
}

export interface AllPage {
  readonly events: readonly RecordedEvent[];
  /** Where to go on from: the last position looked at, also where events were filtered out. */
  readonly next: Position;
  /** True when the log's end was reached. */
  readonly end: boolean;
}

export interface SubscribeOptions {
  readonly after: Position;
  readonly streamPrefixes?: readonly string[];
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

/**
 * One step of a catch-up subscription: events (none where only the checkpoint moved) and the position up to which
 * everything was seen. `caughtUp` when this step reached the log's end.
 */
export interface SubscriptionBatch {
  readonly events: readonly RecordedEvent[];
  readonly checkpoint: Position;
  readonly caughtUp: boolean;
}

/** Of several streams, where a store has nothing better than one after the other. */
const AT_ONCE = 16;
/** Of one stream, where a store has nothing better than so many events at once. */
const PART = 500;

/**
 * The log. It promises only what every store can do: one stream per append, all or nothing; a retried append (same
 * ids, same expected revision) answers as the first did, at any later time; positions are opaque and rise in every
 * stream's order. Nothing rests on two streams changing together.
 */
export abstract class EventStore {
  /**
   * Appends 1 … 1000 events to one stream, all or nothing.
   * Errors: CONFLICT `REVISION_MISMATCH` (metadata `actual`: revision or `none`); INVALID `APPEND_MALFORMED` (no events,
   * empty stream or type, an id twice, over 1 MiB in all); UNAVAILABLE `EVENT_STORE_UNAVAILABLE` (the outcome is
   * unknown: retry with the same ids).
   */
  abstract append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult>;

  /**
   * Appends to several streams, each of them once, for less than one by one where the store can. Each append is all or
   * nothing and answered as `append` answers it, whatever becomes of the others: in the order of the appends.
   */
  async appendEach(appends: readonly StreamAppend[]): Promise<readonly PromiseSettledResult<AppendResult>[]> {
    const answers: PromiseSettledResult<AppendResult>[] = [];
    for (let next = 0; next < appends.length; next += AT_ONCE) {
      const some = appends.slice(next, next + AT_ONCE);
      const appended = some.map(({ stream, events, expected }) => this.append(stream, events, expected));
      answers.push(...(await Promise.allSettled(appended)));
    }
    return answers;
  }

  /** The stream's events, in order of the direction; empty where there is no such stream. */
  abstract read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>;

  /** The stream's events, oldest first, in parts, so that nobody has to hold all of them at once; none where there is no such stream. */
  async *readParts(stream: string): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
    for (let from = revision(0n); ;) {
      const part = await this.read(stream, { from, limit: PART });
      const last = part.at(-1);
      if (last === undefined) return;
      yield part;
      if (part.length < PART) return;
      from = revision(last.revision + 1n);
    }
  }

  /**
   * The events of each of several streams, oldest first, none where there is no such stream: of some streams after the others, so that
   * nobody has to hold all of them at once. One that is too large by itself is left out, and may be read in parts.
   */
  async *readGroups(
    streams: readonly string[],
  ): AsyncGenerator<ReadonlyMap<string, readonly RecordedEvent[]>, void, undefined> {
    for (let next = 0; next < streams.length; next += AT_ONCE) {
      const some = streams.slice(next, next + AT_ONCE);
      const events = await Promise.all(some.map((stream) => this.read(stream)));
      yield new Map(some.map((stream, index) => [stream, events[index] ?? []]));
    }
  }

  /** The same of all of them, whoever is large; the streams in their order. */
  async readEach(streams: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedEvent[]>> {
    const read = new Map<string, readonly RecordedEvent[]>();
    for await (const group of this.readGroups(streams))
      for (const [stream, events] of group) read.set(stream, events);
    const each = new Map<string, readonly RecordedEvent[]>();
    for (const stream of streams) each.set(stream, read.get(stream) ?? (await this.read(stream)));
    return each;
  }

  /** A page of the log, in order of position. It may have fewer events than it could, so that it does not hold too much at once. */
  abstract readAll(options: ReadAllOptions): Promise<AllPage>;

  /**
   * Catch-up, then live: every event after the position once, in order, with back-pressure (the next batch is fetched
   * when the consumer asks for it). Survives the store's absence: it retries, and goes on where it was.
   */
  abstract subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch>;

  /** The position of the last event, BEFORE_FIRST of an empty log. */
  abstract head(): Promise<Position>;

  abstract close(): Promise<void>;
}
