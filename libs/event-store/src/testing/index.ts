export { counterAggregate, counterLanguage } from './counter-aggregate';
export type { Counted, CounterCommand, CounterState } from './counter-aggregate';
export { eventStoreContract } from './event-store.contract';
export { checkGoldenEvent, goldenEventsContract } from './golden-events.contract';
export type { GoldenEvents } from './golden-events.contract';
export {
  appendPersistently,
  checkCatchUp,
  checkConcurrentAppends,
  checkOneWinner,
  checkRepetition,
} from './log-checks';
export {
  sampleEvent,
  sampleEvents,
  sampleMetadata,
  TEST_EVENTS,
  TEST_STREAMS,
  uniqueName,
} from './sample-events';
export type { StoreTraits, StoreUnderTest } from './store-under-test';
