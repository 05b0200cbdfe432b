export { EventStoreDbTestServer } from './event-store-db-test-server';
export type { TestServerOptions } from './event-store-db-test-server';
