import { type Clock, Signal, SystemClock } from '@gatehouse/kernel';
import { assertAppendable, assertAppendSize, eventIdReused, revisionMismatch } from './append-rules';
import { canonicalJson } from './canonical-json';
import type { NewEvent, Position, RecordedEvent, Revision } from './event';
import { BEFORE_FIRST, position, revision } from './event';
import { EventStore } from './event-store';
import type {
  AllPage,
  AppendResult,
  ExpectedRevision,
  ReadAllOptions,
  ReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from './event-store';
import { followLog } from './follow-log';

const FOLLOW = { pollMs: 60_000, batchSize: 500, retryMs: 100 };

/** The log of one process, for tests and simulations: positions are dense from 1. Nothing outlives it. */
export class InMemoryEventStore extends EventStore {
  private readonly log: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly byId = new Map<string, RecordedEvent>();
  private readonly grown = new Signal();
  private readonly closing = new AbortController();

  constructor(private readonly clock: Clock = new SystemClock()) {
    super();
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    assertAppendable(stream, events, expected);
    const stored = frozenCopies(events);
    const recorded = this.streams.get(stream) ?? [];
    const earlier = this.repetition(stream, stored, expected);
    if (earlier !== undefined) return { revision: earlier.revision, position: earlier.position };
    if (!isAsExpected(recorded.at(-1)?.revision, expected)) throw revisionMismatch(recorded.at(-1)?.revision);
    const reused = stored.find(({ id }) => this.byId.has(id));
    if (reused !== undefined) throw eventIdReused(reused.id);
    this.streams.set(stream, recorded);
    const recordedAt = this.recordedAt();
    for (const event of stored)
      this.record({ ...event, stream, recordedAt, ...this.next(recorded) }, recorded);
    this.grown.raise();
    return { revision: revision(BigInt(recorded.length - 1)), position: position(BigInt(this.log.length)) };
  }

  async read(
    stream: string,
    { from, direction = 'forward', limit = Infinity }: ReadOptions = {},
  ): Promise<readonly RecordedEvent[]> {
    const recorded = this.streams.get(stream) ?? [];
    if (direction === 'forward') {
      const first = Number(from ?? 0n);
      return recorded.slice(first, first + limit);
    }
    const end = from === undefined ? recorded.length : Math.min(Number(from) + 1, recorded.length);
    return recorded.slice(Math.max(0, end - limit), end).reverse();
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const events: RecordedEvent[] = [];
    let index = Number(after);
    for (; index < this.log.length && events.length < limit; index++) {
      const event = this.log[index] as RecordedEvent;
      if (!streamPrefixes || streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) {
        events.push(event);
      }
    }
    return { events, next: position(BigInt(index)), end: index >= this.log.length };
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    return followLog((page) => this.readAll(page), this.grown, { ...options, signal }, FOLLOW);
  }

  async head(): Promise<Position> {
    return this.log.at(-1)?.position ?? BEFORE_FIRST;
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  /** The last event of the append that this one repeats. */
  private repetition(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): RecordedEvent | undefined {
    const first = this.byId.get(events[0]?.id ?? '');
    if (first?.stream !== stream) return undefined;
    const expectedFirst = expected === 'none' ? 0n : typeof expected === 'bigint' ? expected + 1n : undefined;
    if (expectedFirst !== undefined && first.revision !== expectedFirst) return undefined;
    const start = Number(first.revision);
    const recorded = this.streams.get(stream) ?? [];
    const same = events.every(({ id }, index) => recorded[start + index]?.id === id);
    return same ? recorded[start + events.length - 1] : undefined;
  }

  private next(recorded: readonly RecordedEvent[]): { revision: Revision; position: Position } {
    return {
      revision: revision(BigInt(recorded.length)),
      position: position(BigInt(this.log.length + 1)),
    };
  }

  private record(event: RecordedEvent, recorded: RecordedEvent[]): void {
    recorded.push(event);
    this.log.push(event);
    this.byId.set(event.id, event);
  }

  /** Never before the event before it, whatever the clock does. */
  private recordedAt(): Date {
    const now = this.clock.now();
    const last = this.log.at(-1)?.recordedAt;
    return last !== undefined && last > now ? last : now;
  }
}

const isAsExpected = (actual: Revision | undefined, expected: ExpectedRevision): boolean => {
  switch (expected) {
    case 'any':
      return true;
    case 'none':
      return actual === undefined;
    case 'exists':
      return actual !== undefined;
    default:
      return actual === expected;
  }
};

/** What a real store would give back: JSON, and nobody's to change. */
const frozenCopies = (events: readonly NewEvent[]): readonly NewEvent[] => {
  const texts = events.map(({ data, metadata }) =>
    canonicalJson({ data, metadata: { ...metadata, actor: { ...metadata.actor } } }),
  );
  assertAppendSize(texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0));
  return events.map((event, index) => ({ ...event, ...parseFrozen(texts[index] as string) }));
};

const parseFrozen = (text: string): Pick<NewEvent, 'data' | 'metadata'> =>
  JSON.parse(text, (_key, value: unknown) => Object.freeze(value)) as Pick<NewEvent, 'data' | 'metadata'>;
