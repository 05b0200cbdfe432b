import { randomUUID } from 'node:crypto';
import type { EventId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { decideAndAppend, readState } from '../decide-and-append';
import { position, revision } from '../event';
import { InMemoryEventStore } from '../in-memory-event-store';
import type { Snapshot, SnapshotCache } from '../snapshot-cache';
import { counterAggregate } from './counter-aggregate';
import { sampleEvent, sampleMetadata, uniqueName } from './sample-events';

/** A cache for one run of the contract, and how to delete all that it holds. */
export interface SnapshotCacheUnderTest {
  readonly cache: SnapshotCache;
  clear(): Promise<void>;
  dispose(): Promise<void>;
}

const sample = (total: number): Snapshot => ({
  revision: revision(BigInt(total)),
  eventId: randomUUID() as EventId,
  state: { total: String(total), name: 'é"\\' },
  commands: { 'request-1': { command: 'Count', position: position(9_007_199_254_740_993n) } },
});

/** What every snapshot cache must do: to be right whenever it answers. */
export const snapshotCacheContract = (name: string, create: () => Promise<SnapshotCacheUnderTest>): void => {
  describe(`snapshot cache: ${name}`, () => {
    let underTest: SnapshotCacheUnderTest;
    beforeAll(async () => {
      underTest = await create();
    }, 120_000);
    afterAll(() => underTest?.dispose());

    it('answers what was put last, by stream and schema version', async () => {
      const { cache } = underTest;
      const [one, two] = [uniqueName('s'), uniqueName('s')];
      expect(await cache.get(one, 1)).toBeUndefined();
      await cache.put(one, 1, sample(1));
      const last = sample(2);
      await cache.put(one, 1, last);
      expect(await cache.get(one, 1)).toEqual(last);
      expect(await cache.get(one, 2)).toBeUndefined();
      expect(await cache.get(two, 1)).toBeUndefined();
    });

    it('is used by aggregates, and changes no answer: neither full, empty nor wrong', async () => {
      const { cache, clear } = underTest;
      const store = new InMemoryEventStore();
      const stream = uniqueName('counter');
      const events = Array.from({ length: 60 }, () =>
        sampleEvent({ by: '1' }, { type: 'Counted', version: 2 }),
      );
      await store.append(stream, events, 'none');
      const count = () =>
        decideAndAppend(
          store,
          stream,
          counterAggregate,
          { by: 5n },
          {
            metadata: sampleMetadata({ requestId: 'count' }),
            ids: testIds,
            snapshots: cache,
          },
        );
      const first = await count();
      expect((await cache.get(stream, 1))?.revision).toBe(59n);
      const read = jest.spyOn(store, 'read');
      const expected = { state: { total: 65n }, revision: 60n };
      expect(await readState(store, stream, counterAggregate, cache)).toEqual(expected);
      expect(read).toHaveBeenCalledWith(stream, { from: 59n });
      expect(await count()).toMatchObject({ repeated: true, position: first.position });
      await clear();
      expect(await cache.get(stream, 1)).toBeUndefined();
      expect(await readState(store, stream, counterAggregate, cache)).toEqual(expected);
      await cache.put(stream, 1, sample(12));
      expect(await readState(store, stream, counterAggregate, cache)).toEqual(expected);
      await cache.put(stream, 1, sample(1_000));
      expect(await readState(store, stream, counterAggregate, cache)).toEqual(expected);
    });
  });
};
