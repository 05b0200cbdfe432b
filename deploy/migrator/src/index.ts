export { migrate, MIGRATION_DIRECTORIES } from './migrate';
export type { MigrateOptions } from './migrate';
