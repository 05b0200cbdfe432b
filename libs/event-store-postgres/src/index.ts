export { CHAIN_START, chainHash } from './chain';
export type { ChainedEvent } from './chain';
export { CHANNEL } from './growth-listener';
export { PostgresEventStore } from './postgres-event-store';
export type { PostgresEventStoreOptions } from './postgres-event-store';
export type { ChainBreak, ChainRange, ChainReport } from './verify-chain';
