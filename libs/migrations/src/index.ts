export { applyMigrations } from './apply-migrations';
export { readMigrations } from './migration-files';
export type { MigrationFile } from './migration-files';
export { ensureLoginRoles, grantMemberships, grantSchemaCreation } from './roles';
export { grantRights } from './rights';
export { workspaceRoot } from './workspace-root';
