export { counterAggregate } from './counter-aggregate';
export type { Counted, CounterCommand, CounterState } from './counter-aggregate';
export { eventStoreContract } from './event-store.contract';
export {
  appendPersistently,
  checkCatchUp,
  checkConcurrentAppends,
  checkOneWinner,
  checkRepetition,
} from './log-checks';
export { sampleEvent, sampleEvents, sampleMetadata, uniqueName } from './sample-events';
export { snapshotCacheContract } from './snapshot-cache.contract';
export type { SnapshotCacheUnderTest } from './snapshot-cache.contract';
export type { StoreTraits, StoreUnderTest } from './store-under-test';
