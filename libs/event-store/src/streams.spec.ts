import { AppError } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { InMemoryEventStore, type Intended, revision, Streams } from './index';
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

describe('streams that judge what would be appended', () => {
  const seen: { before: bigint; after: bigint; revision: bigint | undefined; events: number }[] = [];
  class Judged extends Streams<{ by: bigint }, { total: bigint }, { type: 'Counted'; by: bigint }> {
    protected override async judge({
      before,
      after,
      revision: at,
      events,
    }: Intended<{ total: bigint }, { type: 'Counted'; by: bigint }>): Promise<void> {
      seen.push({ before: before.total, after: after.total, revision: at, events: events.length });
      if (after.total > 5n) throw new AppError('REFUSED', 'TOO_MANY');
    }
  }

  it('are asked about it before it is, and append nothing that they refuse', async () => {
    const store = new InMemoryEventStore();
    const judged = new Judged(store, 'judged-', counterAggregate, testIds);
    const metadata = (requestId: string) => sampleMetadata({ requestId });
    await judged.decide('1', { by: 3n }, { metadata: metadata('a') });
    await expect(judged.record('1', { by: 3n }, { metadata: metadata('b') })).rejects.toMatchObject({
      reason: 'TOO_MANY',
    });
    // What was done is not judged again.
    await judged.decide('1', { by: 3n }, { metadata: metadata('a') });
    expect(seen).toEqual([
      { before: 0n, after: 3n, revision: undefined, events: 1 },
      { before: 3n, after: 6n, revision: 0n, events: 1 },
    ]);
    expect(await store.read('judged-1')).toHaveLength(1);
  });
});
