export { testDatabase } from './test-database';
export type { TestDatabase, TestDatabaseOptions } from './test-database';
export { ServiceProcess } from './service-process';
