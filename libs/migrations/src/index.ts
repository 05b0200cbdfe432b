export { applyMigrations } from './apply-migrations';
export { readMigrations } from './migration-files';
export type { MigrationFile } from './migration-files';
export { DATABASE_SERVICES, ensureLoginRoles, grantMemberships, grantSchemaCreation, roleOf } from './roles';
export type { DatabaseService } from './roles';
export { workspaceRoot } from './workspace-root';
