import type { EventId } from '@gatehouse/kernel';
import { InMemorySnapshotCache, revision } from './index';
import { snapshotCacheContract } from './testing';

snapshotCacheContract('in memory', async () => {
  const cache = new InMemorySnapshotCache();
  return { cache, clear: () => cache.clear(), dispose: async () => undefined };
});

it('forgets the stream that was not used for longest', async () => {
  const cache = new InMemorySnapshotCache(2);
  const snapshot = { revision: revision(0n), eventId: 'e' as EventId, state: {}, commands: {} };
  await cache.put('one', 1, snapshot);
  await cache.put('two', 1, snapshot);
  await cache.get('one', 1);
  await cache.put('three', 1, snapshot);
  expect(await cache.get('two', 1)).toBeUndefined();
  expect(await cache.get('one', 1)).toBe(snapshot);
});
