export { freePort, isPortFree } from './free-port';
export { stopPredecessor } from './postmaster-file';
export { startPostgres } from './start-postgres';
export type { PostgresServer, StartPostgresOptions } from './start-postgres';
