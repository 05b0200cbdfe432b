/*
 * What an EventStoreDB 23.10.1 does with its log, without the wire: who may append what, which answer a repetition gets,
 * what deleting leaves. Pure: time comes from outside, and nothing here waits.
 */

/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event as the log holds it. */
export interface LoggedEvent extends ProposedEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** Both the commit and the prepare position: a byte offset, each event's own. */
  readonly position: bigint;
  readonly createdMs: number;
}

/** What the stream is to be like; a bigint is the revision of its last event. */
export type Expected = 'any' | 'noStream' | 'streamExists' | bigint;

export type AppendOutcome =
  | { readonly kind: 'done'; readonly revision: bigint; readonly position: bigint }
  /** An append of no events: a success that wrote nothing. */
  | { readonly kind: 'nothing' }
  /** `actual` is undefined where there is no stream. */
  | { readonly kind: 'wrongExpectedVersion'; readonly actual: bigint | undefined }
  | { readonly kind: 'streamDeleted' }
  | { readonly kind: 'tooLarge' }
  /** An empty name: the server fails on it. */
  | { readonly kind: 'unknown'; readonly message: string };

export type StreamRead =
  | { readonly kind: 'events'; readonly events: readonly LoggedEvent[] }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'streamDeleted' };

export interface StreamReadRange {
  readonly direction: 'forwards' | 'backwards';
  readonly from: bigint | 'start' | 'end';
  readonly count: number;
}

/** One append: data, metadata, and two bytes for each character of the types. */
export const MAX_APPEND_SIZE = 1_048_576;
/** The revision of the event that tombstones a stream. */
const TOMBSTONE_REVISION = 9_223_372_036_854_775_807n;
/** What a record takes in the log beside its data, metadata, type and stream. */
const RECORD_OVERHEAD = 91;
/** The server writes its statistics now and then; here after so many events of others. */
const STATISTICS_EVERY = 40;
const NO_BYTES = new Uint8Array();

interface LoggedStream {
  readonly events: LoggedEvent[];
  /** Events before it are gone for readers; deleting a stream moves it behind the last. */
  truncateBefore: bigint;
  tombstoned: boolean;
}

export class ServerLog {
  private readonly log: LoggedEvent[] = [];
  private readonly streams = new Map<string, LoggedStream>();
  /** Where the server saw an id last. It is in memory only and answers repetitions that name no revision. */
  private readonly recentIds = new Map<string, { readonly stream: string; readonly revision: bigint }>();
  private readonly listeners = new Set<() => void>();
  private end = 0n;
  private sinceStatistics = 0;

  constructor(private readonly now: () => number) {
    this.record('$users', this.system('$User', { loginName: 'admin' }));
    this.record('$users', this.system('$User', { loginName: 'ops' }));
  }

  /** The server's process began anew on the same data. */
  restarted(): void {
    this.recentIds.clear();
  }

  /** Tells of every growth, until the returned function is called. */
  onGrown(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): AppendOutcome {
    if (stream === '') return { kind: 'unknown', message: 'Exception was thrown by handler.' };
    if (events.some(({ type }) => type === ''))
      return { kind: 'unknown', message: 'Exception was thrown by handler.' };
    if (sizeOf(events) > MAX_APPEND_SIZE) return { kind: 'tooLarge' };
    if (events.length === 0) return { kind: 'nothing' };
    const decided = this.check(stream, expected, events);
    if (decided !== 'write') return decided;
    this.revive(stream);
    for (const event of events) this.record(stream, event);
    const { revision, position } = this.last(stream) as LoggedEvent;
    this.writeStatistics(events.length);
    this.tellGrown();
    return { kind: 'done', revision, position };
  }

  /** Hides the stream's events; it may be written again, and its revisions go on. */
  delete(stream: string, expected: Expected): AppendOutcome {
    const refused = this.checkDelete(stream, expected);
    if (refused) return refused;
    const known = this.streams.get(stream) as LoggedStream;
    known.truncateBefore = BigInt(known.events.length);
    const metadata = this.record(`$$${stream}`, this.system('$metadata', { $tb: Number.MAX_SAFE_INTEGER }));
    this.tellGrown();
    return { kind: 'done', revision: metadata.revision, position: metadata.position };
  }

  /** Ends the stream for ever. */
  tombstone(stream: string, expected: Expected): AppendOutcome {
    const refused = this.checkDelete(stream, expected);
    if (refused) return refused;
    const known = this.streams.get(stream) as LoggedStream;
    known.tombstoned = true;
    const grave = this.enter(stream, this.system('$streamDeleted', {}), TOMBSTONE_REVISION);
    this.tellGrown();
    return { kind: 'done', revision: grave.revision, position: grave.position };
  }

  readStream(stream: string, { direction, from, count }: StreamReadRange): StreamRead {
    const known = this.streams.get(stream);
    if (known?.tombstoned) return { kind: 'streamDeleted' };
    if (known === undefined || isDeleted(known)) return { kind: 'notFound' };
    const first = Number(known.truncateBefore);
    const { events } = known;
    if (direction === 'forwards') {
      const start = from === 'end' ? events.length : Math.max(first, from === 'start' ? 0 : Number(from));
      return { kind: 'events', events: events.slice(start, start + count) };
    }
    const end =
      from === 'end' ? events.length : from === 'start' ? 1 : Math.min(Number(from) + 1, events.length);
    return { kind: 'events', events: events.slice(Math.max(first, end - count), end).reverse() };
  }

  /** Every event, the system's among them, by its index in the log. */
  get events(): readonly LoggedEvent[] {
    return this.log;
  }

  /**
   * The index of the event at a position, or of the log's end. Undefined where no record begins there: positions are
   * offsets of bytes, and the server refuses to read in the middle of a record.
   */
  indexOf(position: bigint): number | undefined {
    if (position === this.end) return this.log.length;
    let low = 0;
    let high = this.log.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = (this.log[middle] as LoggedEvent).position;
      if (at === position) return middle;
      if (at < position) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** The decision on an append: the order of these questions is the server's. */
  private check(
    stream: string,
    expected: Expected,
    events: readonly ProposedEvent[],
  ): AppendOutcome | 'write' {
    const known = this.streams.get(stream);
    if (known?.tombstoned) return { kind: 'streamDeleted' };
    const current = known?.events.at(-1)?.revision;
    if (expected === 'streamExists') {
      if (current === undefined) return { kind: 'wrongExpectedVersion', actual: undefined };
      if (known && isDeleted(known)) return { kind: 'streamDeleted' };
    }
    if (expected === 'any' || expected === 'streamExists')
      return this.checkRecentIds(stream, current, events);
    const expectedLast = expected === 'noStream' ? -1n : expected;
    const last = current ?? -1n;
    if (expectedLast === last) return 'write';
    if (expectedLast > last) return { kind: 'wrongExpectedVersion', actual: current };
    return this.checkPlaces(known as LoggedStream, expectedLast, events);
  }

  /** Without a revision the server looks for the ids among those that it remembers. */
  private checkRecentIds(
    stream: string,
    current: bigint | undefined,
    events: readonly ProposedEvent[],
  ): AppendOutcome | 'write' {
    let last: bigint | undefined;
    for (const { id } of events) {
      const seen = this.recentIds.get(id);
      if (seen?.stream !== stream)
        return last === undefined ? 'write' : { kind: 'wrongExpectedVersion', actual: current };
      last = seen.revision;
    }
    return this.repetition(stream, last as bigint);
  }

  /** With one, it looks whether just these events are at the places that they would have taken. */
  private checkPlaces(
    known: LoggedStream,
    expectedLast: bigint,
    events: readonly ProposedEvent[],
  ): AppendOutcome | 'write' {
    const actual = known.events.at(-1)?.revision;
    const first = Number(expectedLast) + 1;
    const odd = events.findIndex(({ id }, index) => known.events[first + index]?.id !== id);
    if (odd === 0 && expectedLast === -1n && isDeleted(known)) return 'write';
    if (odd >= 0) return { kind: 'wrongExpectedVersion', actual };
    const stream = (known.events[first] as LoggedEvent).stream;
    return this.repetition(stream, expectedLast + BigInt(events.length));
  }

  private repetition(stream: string, revision: bigint): AppendOutcome {
    const { position } = this.streams.get(stream)?.events[Number(revision)] as LoggedEvent;
    return { kind: 'done', revision, position };
  }

  private checkDelete(stream: string, expected: Expected): AppendOutcome | undefined {
    const known = this.streams.get(stream);
    if (known?.tombstoned) return { kind: 'streamDeleted' };
    const actual = known?.events.at(-1)?.revision;
    const fits = expected === 'any' || expected === 'streamExists' || expected === actual;
    return known && fits ? undefined : { kind: 'wrongExpectedVersion', actual };
  }

  /** Writing to a deleted stream makes it one again, from the new events on. */
  private revive(stream: string): void {
    const known = this.streams.get(stream);
    if (known === undefined || !isDeleted(known)) return;
    this.record(`$$${stream}`, this.system('$metadata', { $tb: Number(known.truncateBefore) }));
  }

  private writeStatistics(written: number): void {
    this.sinceStatistics += written;
    if (this.sinceStatistics < STATISTICS_EVERY) return;
    this.sinceStatistics = 0;
    this.record('$stats-127.0.0.1:2113', this.system('$statsCollected', { 'proc-mem': 432_013_312 }));
  }

  private record(stream: string, event: ProposedEvent): LoggedEvent {
    return this.enter(stream, event, (this.last(stream)?.revision ?? -1n) + 1n);
  }

  private enter(stream: string, event: ProposedEvent, revision: bigint): LoggedEvent {
    const logged = { ...event, stream, revision, position: this.end, createdMs: this.now() };
    const size = sizeOf([event]) + Buffer.byteLength(stream) + RECORD_OVERHEAD;
    this.end += BigInt(size);
    this.log.push(logged);
    this.recentIds.set(event.id, { stream, revision });
    const known = this.streams.get(stream) ?? { events: [], truncateBefore: 0n, tombstoned: false };
    this.streams.set(stream, known);
    if (revision !== TOMBSTONE_REVISION) known.events.push(logged);
    return logged;
  }

  private system(type: string, data: object): ProposedEvent {
    return {
      id: `00000000-0000-4000-8000-${String(this.log.length).padStart(12, '0')}`,
      type,
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(data)),
      metadata: NO_BYTES,
    };
  }

  private last(stream: string): LoggedEvent | undefined {
    return this.streams.get(stream)?.events.at(-1);
  }

  private tellGrown(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

const isDeleted = ({ events, truncateBefore }: LoggedStream): boolean =>
  truncateBefore > 0n && truncateBefore === BigInt(events.length);

const sizeOf = (events: readonly ProposedEvent[]): number =>
  events.reduce(
    (size, { type, data, metadata }) => size + data.length + metadata.length + 2 * type.length,
    0,
  );
