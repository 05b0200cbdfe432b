import { BEFORE_FIRST, type EventStore } from '@gatehouse/event-store';
import { eventsOf, randomStream, READ_PREFIX, STREAMS } from './workload';

/** Operations per second of so many at once, for so long. */
const rateOf = async (
  workers: number,
  seconds: number,
  operation: () => Promise<unknown>,
): Promise<number> => {
  let done = 0;
  const start = performance.now();
  const end = start + seconds * 1_000;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await operation();
      done++;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return (done * 1_000) / (performance.now() - start);
};

/** Appends per second. */
export const appendRate = (
  store: EventStore,
  writers: number,
  eventsPerAppend: number,
  seconds: number,
): Promise<number> =>
  rateOf(writers, seconds, () => store.append(randomStream(), eventsOf(eventsPerAppend), 'any'));

export const EVENTS_PER_READ = 20;

const readStreamName = (index: number): string => `${READ_PREFIX}${index}`;

/** Streams of twenty events each, for the reads. */
export const fillForReads = async (store: EventStore): Promise<void> => {
  const indexes = Array.from({ length: STREAMS }, (_, index) => index);
  const fill = async (): Promise<void> => {
    for (let index = indexes.pop(); index !== undefined; index = indexes.pop()) {
      await store.append(readStreamName(index), eventsOf(EVENTS_PER_READ), 'none');
    }
  };
  await Promise.all(Array.from({ length: 8 }, fill));
};

/** Streams read per second. */
export const readStreamRate = (store: EventStore, readers: number, seconds: number): Promise<number> =>
  rateOf(readers, seconds, () => store.read(readStreamName(Math.floor(Math.random() * STREAMS))));

/** Events per second of a subscription that catches up from the beginning. */
export const catchUpRate = async (store: EventStore, seconds: number): Promise<number> => {
  const stop = new AbortController();
  const start = performance.now();
  let events = 0;
  for await (const batch of store.subscribe({ after: BEFORE_FIRST, signal: stop.signal })) {
    events += batch.events.length;
    if (batch.caughtUp || performance.now() - start > seconds * 1_000) break;
  }
  return (events * 1_000) / (performance.now() - start);
};
