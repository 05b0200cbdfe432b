export { EventStoreDbTestServer } from './eventstoredb-test-server';
export type { TestServerOptions } from './eventstoredb-test-server';
export { eventStoreDbUnderTest } from './eventstoredb-under-test';
export type { EventStoreDbUnderTestOptions } from './eventstoredb-under-test';
export { FaultyProxy } from './faulty-proxy';
export { findRealServer, startContainer } from './real-server';
export type { RealServer } from './real-server';
