import { AppError, FixedClock } from '@gatehouse/kernel';
import { EventStore, InMemoryEventStore } from './index';
import type {
  AppendResult,
  ExpectedRevision,
  NewEvent,
  ReadAllOptions,
  ReadOptions,
  SubscribeOptions,
} from './index';
import { eventStoreContract, sampleEvent, sampleEvents } from './testing';

/** One process's use of a log that others use too: closing it ends its own subscriptions only. */
class Client extends EventStore {
  losesNextAnswer = false;
  private readonly closing = new AbortController();

  constructor(private readonly log: InMemoryEventStore) {
    super();
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const answer = await this.log.append(stream, events, expected);
    if (!this.losesNextAnswer) return answer;
    this.losesNextAnswer = false;
    throw new AppError('UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE');
  }

  read(stream: string, options?: ReadOptions) {
    return this.log.read(stream, options);
  }

  readAll(options: ReadAllOptions) {
    return this.log.readAll(options);
  }

  subscribe(options: SubscribeOptions) {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    return this.log.subscribe({ ...options, signal });
  }

  head() {
    return this.log.head();
  }

  async close(): Promise<void> {
    this.closing.abort();
  }
}

eventStoreContract(
  'in memory',
  async () => {
    const log = new InMemoryEventStore();
    const store = new Client(log);
    return {
      store,
      open: async () => new Client(log),
      loseNextAnswer: async () => {
        store.losesNextAnswer = true;
      },
      dispose: () => log.close(),
    };
  },
  { dense: true, refusesReusedIds: true, monotoneTime: true },
);

describe('the in-memory store', () => {
  it('asks the clock it was given, and never records a fall of it', async () => {
    const clock = new FixedClock(new Date('2026-03-03T12:00:00Z'));
    const store = new InMemoryEventStore(clock);
    await store.append('s', sampleEvents(1), 'none');
    clock.advance(-5_000);
    await store.append('s', sampleEvents(1), 'any');
    clock.advance(6_000);
    await store.append('s', sampleEvents(1), 'any');
    expect((await store.read('s')).map(({ recordedAt }) => recordedAt.toISOString())).toEqual([
      '2026-03-03T12:00:00.000Z',
      '2026-03-03T12:00:00.000Z',
      '2026-03-03T12:00:01.000Z',
    ]);
  });

  it('hands out what nobody can change', async () => {
    const store = new InMemoryEventStore();
    await store.append('s', [sampleEvent({ list: ['one'] })], 'none');
    const [event] = await store.read('s');
    expect(Object.isFrozen(event?.data['list'])).toBe(true);
  });
});
