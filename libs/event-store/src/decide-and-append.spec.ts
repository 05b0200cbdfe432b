import { testIds } from '@gatehouse/kernel/testing';
import { decideAndAppend, type DecideOptions, InMemoryEventStore, readState, revision } from './index';
import type { AppendResult, ExpectedRevision, NewEvent, ReadOptions, RecordedEvent } from './index';
import { counterAggregate, sampleEvent, sampleMetadata } from './testing';

const STREAM = 'counter-1';

const counted = (by: string): NewEvent => sampleEvent({ by }, { type: 'Counted', version: 2 });

/** Lets others in between the read and the append of a command, as often as told. */
class RacedStore extends InMemoryEventStore {
  races = 0;
  appends = 0;

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    this.appends++;
    if (this.races-- > 0) await super.append(stream, [counted('100')], 'any');
    return super.append(stream, events, expected);
  }
}

/** Is not to be read whole: a stream may be longer than a process has memory. */
class LongStore extends InMemoryEventStore {
  override read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    if (options.limit === undefined) throw new Error(`${stream} is read whole`);
    return super.read(stream, options);
  }
}

describe('a long stream', () => {
  it('is folded in parts, and known by all of them', async () => {
    const store = new LongStore();
    const metadata = sampleMetadata();
    const first = sampleEvent({ by: '5' }, { type: 'Counted', version: 2, metadata });
    await store.append(STREAM, [first, ...Array.from({ length: 999 }, () => counted('1'))], 'none');
    await store.append(STREAM, [counted('2')], revision(999n));
    expect(await readState(store, STREAM, counterAggregate)).toEqual({
      state: { total: 1_006n },
      revision: 1_000n,
    });
    const again = { metadata: { ...metadata, command: 'DoThing' }, ids: testIds };
    const repeated = await decideAndAppend(store, STREAM, counterAggregate, { by: 5n }, again);
    expect(repeated).toMatchObject({ repeated: true, position: 1n, state: { total: 1_006n } });
  });
});

describe('decideAndAppend', () => {
  const decide = (store: InMemoryEventStore, by: bigint, options: Partial<DecideOptions> = {}) =>
    decideAndAppend(
      store,
      STREAM,
      counterAggregate,
      { by },
      {
        metadata: sampleMetadata(),
        ids: testIds,
        ...options,
      },
    );

  it('appends what was decided, with the metadata of the command and ids that derive from it', async () => {
    const store = new InMemoryEventStore();
    const metadata = sampleMetadata({ requestId: 'request-1' });
    const decision = await decide(store, 5n, { metadata });
    expect(decision).toEqual({
      state: { total: 5n },
      revision: 0n,
      position: 1n,
      repeated: false,
      events: 1,
    });
    expect(await store.read(STREAM)).toMatchObject([
      {
        id: testIds.eventId(STREAM, 'request-1', '0'),
        type: 'Counted',
        version: 2,
        data: { by: '5' },
        metadata,
      },
    ]);
  });

  it('answers where the stream stands when nothing is decided', async () => {
    const store = new InMemoryEventStore();
    expect(await decide(store, 0n)).toEqual({
      state: { total: 0n },
      revision: undefined,
      position: 0n,
      repeated: false,
      events: 0,
    });
    await decide(store, 5n);
    expect(await decide(store, 0n)).toEqual({
      state: { total: 5n },
      revision: 0n,
      position: 1n,
      repeated: false,
      events: 0,
    });
    expect(await store.read(STREAM)).toHaveLength(1);
  });

  it('lets a refusal through and records nothing', async () => {
    const store = new InMemoryEventStore();
    await expect(decide(store, -1n)).rejects.toMatchObject({ code: 'REFUSED', reason: 'NEGATIVE' });
    expect(await store.read(STREAM)).toEqual([]);
  });

  it.each(['DoThing', 'DoAnotherThing'])(
    'does a step of a service although a caller had its request id for %s',
    async (command) => {
      const store = new InMemoryEventStore();
      const requestId = 'step-1';
      const own = sampleMetadata({ requestId, actor: { kind: 'service', id: 'counting', address: '' } });
      await decide(store, 5n, { metadata: sampleMetadata({ requestId, command }) });
      expect(await decide(store, 7n, { metadata: own })).toMatchObject({
        repeated: false,
        state: { total: 12n },
      });
      expect(await decide(store, 7n, { metadata: own })).toMatchObject({
        repeated: true,
        state: { total: 12n },
      });
    },
  );

  describe('when it loses the race', () => {
    it('decides again on the state that won', async () => {
      const store = new RacedStore();
      store.races = 2;
      expect(await decide(store, 5n)).toMatchObject({ state: { total: 205n }, revision: 2n });
      expect(store.appends).toBe(3);
    });

    it('gives up after the attempts it was given', async () => {
      const store = new RacedStore();
      store.races = 9;
      await expect(decide(store, 5n, { attemptsMax: 3 })).rejects.toMatchObject({
        code: 'CONFLICT',
        reason: 'REVISION_MISMATCH',
      });
      expect(store.appends).toBe(3);
    });

    it('to its own repetition, it answers as that did', async () => {
      const store = new InMemoryEventStore();
      const metadata = sampleMetadata();
      const answers = await Promise.all([decide(store, 5n, { metadata }), decide(store, 5n, { metadata })]);
      expect(answers.map(({ position }) => position)).toEqual([1n, 1n]);
      expect((await readState(store, STREAM, counterAggregate)).state).toEqual({ total: 5n });
    });
  });

  describe('by request id', () => {
    it('answers a repetition with what the first made, also after other commands', async () => {
      const store = new InMemoryEventStore();
      const metadata = sampleMetadata();
      const first = await decide(store, 5n, { metadata });
      await decide(store, 6n);
      expect(await decide(store, 5n, { metadata })).toEqual({
        state: { total: 11n },
        revision: 1n,
        position: first.position,
        repeated: true,
        events: 0,
      });
      expect(await store.read(STREAM)).toHaveLength(2);
    });

    it('answers a repetition before it looks at the revision that it was to change', async () => {
      const store = new InMemoryEventStore();
      const metadata = sampleMetadata();
      await decide(store, 1n);
      const options = { metadata, expectedRevision: revision(0n) };
      await decide(store, 5n, options);
      expect(await decide(store, 5n, options)).toMatchObject({ repeated: true, position: 2n });
    });

    it('refuses the id for another command', async () => {
      const store = new InMemoryEventStore();
      await decide(store, 5n, { metadata: sampleMetadata({ requestId: 'one', command: 'Count' }) });
      await expect(
        decide(store, 5n, { metadata: sampleMetadata({ requestId: 'one', command: 'Reset' }) }),
      ).rejects.toMatchObject({ code: 'CONFLICT', reason: 'REQUEST_ID_REUSED' });
    });
  });

  it('refuses at another revision than the expected one, and does not try again', async () => {
    const store = new RacedStore();
    await decide(store, 5n);
    await expect(decide(store, 5n, { expectedRevision: revision(3n) })).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'REVISION_MISMATCH',
      metadata: { actual: '0' },
    });
    store.races = 1;
    await expect(decide(store, 5n, { expectedRevision: revision(0n) })).rejects.toMatchObject({
      metadata: { actual: '1' },
    });
  });
});
