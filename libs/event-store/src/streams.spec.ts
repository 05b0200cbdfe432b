import { AppError } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { InMemoryEventStore, type Intended, revision, Streams } from './index';
import { counterAggregate, sampleEvent, sampleMetadata } from './testing';

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

  it('take thirty commands to one of them at once', async () => {
    const asked = Array.from({ length: 30 }, (_, index) =>
      counters.decide(
        'busy',
        { by: 1n },
        { metadata: sampleMetadata({ requestId: `one of many ${index}` }) },
      ),
    );
    const revisions = (await Promise.all(asked)).map((answer) => answer.revision);
    expect(revisions.at(-1)).toBe(29n);
    expect((await counters.find('busy'))?.state).toEqual({ total: 30n });
  });

  it('go on behind a command that was refused', async () => {
    const ask = (by: bigint) =>
      counters.record('refusing', { by }, { metadata: sampleMetadata({ requestId: `adds ${by}` }) });
    const outcomes = await Promise.allSettled([ask(-1n), ask(2n)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
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

describe('many streams at once', () => {
  const metadata = sampleMetadata({ requestId: 'all' });
  const ids = ['1', '2', '3'];
  const commands = ids.map((id) => ({ id, command: { by: BigInt(id) } }));

  /** Others are in before the first append to a stream. */
  class Raced extends InMemoryEventStore {
    override async append(...[stream, events, expected]: Parameters<InMemoryEventStore['append']>) {
      if (stream === 'counter-2' && (await this.read(stream)).length === 0) {
        await super.append(stream, [sampleEvent({ by: '100' }, { type: 'Counted', version: 2 })], 'none');
      }
      return super.append(stream, events, expected);
    }
  }

  it('each get their command once, whoever is in between and however often it is asked', async () => {
    const counters = new Streams(new Raced(), 'counter-', counterAggregate, testIds);
    const first = await counters.recordEach(commands, { metadata });
    const totals = first.map((answer) => answer.status === 'fulfilled' && answer.value.state.total);
    expect(totals).toEqual([1n, 102n, 3n]);
    const again = await counters.recordEach(commands, { metadata });
    expect(again).toMatchObject(ids.map(() => ({ status: 'fulfilled', value: { repeated: true } })));
    const recorded = await counters.knownOfEach([...ids, '4'], (events) => events);
    expect([...recorded].map(([id, events]) => [id, events.length])).toEqual([
      ['1', 1],
      ['2', 2],
      ['3', 1],
      ['4', 0],
    ]);
  });

  it('are refused and left alone one by one', async () => {
    const counters = new Streams(new InMemoryEventStore(), 'counter-', counterAggregate, testIds);
    await counters.record(
      '2',
      { by: 5n },
      { metadata: sampleMetadata({ requestId: 'all', command: 'Other' }) },
    );
    const answers = await counters.recordEach([...commands, { id: '4', command: { by: 0n } }], { metadata });
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: { revision: 0n } },
      { status: 'rejected', reason: { reason: 'REQUEST_ID_REUSED' } },
      { status: 'fulfilled', value: { revision: 0n } },
      { status: 'fulfilled', value: { revision: undefined } },
    ]);
  });
});
