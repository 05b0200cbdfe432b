export { migrate } from './migrate';
export type { MigrateOptions } from './migrate';
