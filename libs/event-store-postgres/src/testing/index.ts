export { allowTestStreams } from './allow-test-streams';
export { CuttingProxy } from './cutting-proxy';
export { postgresUnderTest } from './postgres-under-test';
export type { PostgresUnderTestOptions } from './postgres-under-test';
