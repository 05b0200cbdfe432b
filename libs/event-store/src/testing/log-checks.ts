import { AppError, Deadline } from '@gatehouse/kernel';
import type { NewEvent, Position, RecordedEvent } from '../event';
import type { AppendResult, EventStore, ExpectedRevision } from '../event-store';
import { sampleEvents, uniqueName } from './sample-events';
import type { StoreUnderTest } from './store-under-test';

/*
 * The checks of the contract that need concurrency. They throw an Error that says what was wrong, so that they can also
 * be shown to fail against stores that are broken on purpose.
 */

const DEADLINE_MS = 60_000;

/** Appends of many writers to one stream with `any`: all land, whole and in one order. */
export const checkConcurrentAppends = async ({ store, open }: StoreUnderTest): Promise<void> => {
  const stream = uniqueName('crowd');
  const others = await Promise.all([open(), open(), open()]);
  try {
    const appends = Array.from({ length: 40 }, (_, index) => ({
      client: [store, ...others][index % 4] as EventStore,
      events: sampleEvents(1 + (index % 3)),
    }));
    const results = await Promise.all(
      appends.map(({ client, events }) => client.append(stream, events, 'any')),
    );
    const recorded = await store.read(stream);
    assertStream(stream, recorded);
    const total = appends.reduce((sum, { events }) => sum + events.length, 0);
    must(recorded.length === total, `${recorded.length} events of ${total} are in the stream`);
    appends.forEach(({ events }, index) =>
      assertContiguous(recorded, events, results[index] as AppendResult),
    );
  } finally {
    await Promise.all(others.map((client) => client.close()));
  }
};

/** Of the appends that expect the same revision exactly one happens. */
export const checkOneWinner = async ({ store, open }: StoreUnderTest): Promise<void> => {
  const other = await open();
  try {
    for (let round = 0; round < 5; round++) {
      const stream = uniqueName('race');
      const expected =
        round === 0 ? 'none' : (await store.append(stream, sampleEvents(round), 'none')).revision;
      const outcomes = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) =>
          (index % 2 === 0 ? store : other).append(stream, sampleEvents(2), expected),
        ),
      );
      const won = outcomes.filter(({ status }) => status === 'fulfilled').length;
      must(won === 1, `${won} of 16 appends that expected ${String(expected)} happened`);
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      for (const reason of refused)
        must(isConflict(reason), `refused with ${String(reason)}, not REVISION_MISMATCH`);
      const recorded = await store.read(stream);
      assertStream(stream, recorded);
      must(recorded.length === round + 2, `${recorded.length} events in the stream, not ${round + 2}`);
    }
  } finally {
    await other.close();
  }
};

/** A repeated append answers as the first did: beside it, at once, and after later appends. */
export const checkRepetition = async ({ store, open }: StoreUnderTest): Promise<void> => {
  const other = await open();
  try {
    for (const expected of ['none', 'any'] as const) {
      const stream = uniqueName('repeat');
      const events = sampleEvents(3);
      const twins = await Promise.all(
        [store, other, store].map((client) => client.append(stream, events, expected)),
      );
      const { revision } = twins[0] as AppendResult;
      await store.append(stream, sampleEvents(2), revision);
      const answers = [...twins, await other.append(stream, events, expected)];
      must(
        new Set(answers.map(({ position }) => position)).size === 1,
        'a repeated append answered something else',
      );
      must((await store.read(stream)).length === 5, 'a repeated append was written again');
    }
  } finally {
    await other.close();
  }
};

/**
 * A subscriber that restarts again and again, each time through another client and from its checkpoint, while many
 * writers append and whatever `disturb` does: it gets each event once, in every stream's order, none missing.
 */
export const checkCatchUp = async (underTest: StoreUnderTest): Promise<void> => {
  const { store } = underTest;
  const prefix = uniqueName('follow');
  const streams = Array.from({ length: 6 }, (_, index) => `${prefix}-${index}`);
  const start = await store.head();
  const trouble = new AbortController();
  const disturbed = underTest.disturb?.(streams, trouble.signal);
  const subscriber = new RestartingSubscriber(underTest, `${prefix}-`, start);
  const following = subscriber.run();
  // A failure shows where it is awaited; until then it must not count as unhandled.
  following.catch(() => undefined);
  const other = await underTest.open();
  try {
    const acknowledged = await Promise.all(
      Array.from({ length: 8 }, (_, index) => writeSome(index, index % 2 ? store : other, streams)),
    );
    trouble.abort();
    await disturbed;
    const recorded = (await Promise.all(streams.map((stream) => store.read(stream)))).flat();
    const last = recorded.reduce((max, { position }) => (position > max ? position : max), start);
    subscriber.stopAt(last);
    await following;
    assertAcknowledged(acknowledged.flat(), recorded);
    assertFollowed(subscriber.received, recorded);
  } finally {
    trouble.abort();
    subscriber.stopAt(start);
    await Promise.allSettled([following, disturbed, other.close()]);
  }
};

const writeSome = async (
  writer: number,
  store: EventStore,
  streams: readonly string[],
): Promise<readonly NewEvent[]> => {
  const written: NewEvent[] = [];
  for (let round = 0; round < 25; round++) {
    const events = sampleEvents(1 + ((writer + round) % 3));
    await appendPersistently(
      store,
      streams[(writer * 7 + round * 5) % streams.length] as string,
      events,
      'any',
    );
    written.push(...events);
    await sleep((writer * 3 + round) % 6);
  }
  return written;
};

/** An unknown outcome is settled by the same append, with the same ids. */
export const appendPersistently = async (
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): Promise<AppendResult> => {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await store.append(stream, events, expected);
    } catch (error) {
      const unknown = error instanceof AppError && error.code === 'UNAVAILABLE';
      if (!unknown || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
};

/** Follows the log from its checkpoint, as a projection would that keeps it and is killed every few batches. */
class RestartingSubscriber {
  readonly received: RecordedEvent[] = [];
  private readonly stopping = new AbortController();
  private end: Position | undefined;

  constructor(
    private readonly underTest: StoreUnderTest,
    private readonly prefix: string,
    private checkpoint: Position,
  ) {}

  stopAt(end: Position): void {
    this.end = end;
    if (this.checkpoint >= end) this.stopping.abort();
  }

  async run(): Promise<void> {
    const deadline = new Deadline(DEADLINE_MS, this.stopping.signal);
    const { signal } = deadline;
    try {
      for (let life = 1; !signal.aborted; life++) await this.live(life % 4, signal);
    } finally {
      deadline.cancel();
    }
    must(
      this.stopping.signal.aborted,
      `the subscriber stood at ${this.checkpoint} and did not reach ${this.end}`,
    );
  }

  private async live(batches: number, signal: AbortSignal): Promise<void> {
    const store = await this.underTest.open();
    try {
      let handled = 0;
      const options = { after: this.checkpoint, streamPrefixes: [this.prefix], signal };
      for await (const { events, checkpoint } of store.subscribe(options)) {
        this.received.push(...events);
        must(checkpoint >= this.checkpoint, `the checkpoint fell from ${this.checkpoint} to ${checkpoint}`);
        this.checkpoint = checkpoint;
        if (this.end !== undefined && checkpoint >= this.end) return this.stopping.abort();
        if (events.length > 0 && handled++ >= batches) return;
      }
    } finally {
      await store.close();
    }
  }
}

const assertFollowed = (received: readonly RecordedEvent[], recorded: readonly RecordedEvent[]): void => {
  const ids = new Set<string>();
  let before: RecordedEvent | undefined;
  for (const event of received) {
    must(!ids.has(event.id), `event ${event.stream}@${event.revision} came twice`);
    must(
      !before || event.position > before.position,
      `position ${event.position} came after ${before?.position}`,
    );
    ids.add(event.id);
    before = event;
  }
  const missed = recorded.filter(({ id }) => !ids.has(id));
  must(missed.length === 0, `${missed.length} of ${recorded.length} events never came`);
  must(
    received.length === recorded.length,
    `${received.length} events came, ${recorded.length} are in the log`,
  );
  for (const stream of new Set(received.map((event) => event.stream))) {
    assertStream(
      stream,
      received.filter((event) => event.stream === stream),
    );
  }
};

const assertAcknowledged = (written: readonly NewEvent[], recorded: readonly RecordedEvent[]): void => {
  const ids = new Set<string>(recorded.map(({ id }) => id));
  const lost = written.filter(({ id }) => !ids.has(id));
  must(lost.length === 0, `${lost.length} of ${written.length} acknowledged events are not in the log`);
  must(ids.size === recorded.length, 'an event is in the log twice');
};

/** Revisions 0, 1, 2 … and rising positions. */
const assertStream = (stream: string, events: readonly RecordedEvent[]): void => {
  events.forEach((event, index) => {
    const before = events[index - 1];
    must(event.revision === BigInt(index), `${stream} has revision ${event.revision} at place ${index}`);
    must(
      !before || event.position > before.position,
      `${stream}@${event.revision} is not after the event before it`,
    );
  });
};

const assertContiguous = (
  recorded: readonly RecordedEvent[],
  events: readonly NewEvent[],
  result: AppendResult,
): void => {
  const first = Number(result.revision) - events.length + 1;
  const kept = recorded.slice(first, first + events.length);
  must(
    events.every(({ id }, index) => kept[index]?.id === id) && kept.at(-1)?.position === result.position,
    `the append answered revision ${result.revision}, but its events are not there`,
  );
};

const isConflict = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'CONFLICT' && error.reason === 'REVISION_MISMATCH';

const must = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Error(otherwise);
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
