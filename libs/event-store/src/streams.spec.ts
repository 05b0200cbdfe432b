import { testIds } from '@gatehouse/kernel/testing';
import { InMemoryEventStore, revision, Streams } from './index';
import { counterAggregate, sampleMetadata } from './testing';

describe('streams of one kind', () => {
  const store = new InMemoryEventStore();
  const counters = new Streams(store, 'counter-', counterAggregate, testIds);
  const metadata = sampleMetadata({ requestId: 'first' });

  it('have nothing where nothing was recorded', async () => {
    expect(await counters.find('1')).toBeUndefined();
    expect(await counters.recorded('1')).toEqual([]);
  });

  it('answer a command with what the log says, and where it is', async () => {
    const answer = await counters.decide('1', { by: 2n }, { metadata });
    const [event] = await store.read('counter-1');
    const createdAt = event?.recordedAt;
    expect(answer).toEqual({ state: { total: 2n }, revision: 0n, position: 1n, createdAt, repeated: false });
    expect((await counters.recorded('1')).map((recorded) => counters.decode(recorded))).toEqual([
      { type: 'Counted', by: 2n },
    ]);
  });

  it('answer a repetition with the position of the first call and the state of today', async () => {
    await counters.decide('1', { by: 3n }, { metadata: sampleMetadata({ requestId: 'second' }) });
    expect(await counters.decide('1', { by: 2n }, { metadata })).toMatchObject({
      state: { total: 5n },
      revision: 1n,
      position: 1n,
      repeated: true,
    });
  });

  it('refuse a command on a revision that is not the last', () =>
    expect(
      counters.decide(
        '1',
        { by: 1n },
        { metadata: sampleMetadata({ requestId: 'third' }), expectedRevision: revision(0n) },
      ),
    ).rejects.toMatchObject({ reason: 'REVISION_MISMATCH' }));
});
