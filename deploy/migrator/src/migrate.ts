import {
  applyMigrations,
  ensureLoginRoles,
  grantMemberships,
  grantSchemaCreation,
  readMigrations,
  workspaceRoot,
  type DatabaseService,
} from '@gatehouse/migrations';

/** Every directory of migrations, in the order in which they build on each other. */
export const MIGRATION_DIRECTORIES = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/registry/migrations',
  'services/provisioning/migrations',
  'services/metering/migrations',
  'services/audit/migrations',
] as const;

export interface MigrateOptions {
  /** Of the database's owner, who may make roles. */
  readonly databaseUrl: string;
  /** The services' login roles get these. */
  readonly passwords: Readonly<Record<DatabaseService, string>>;
  /** Where the directories are; absent: the workspace this package is in. */
  readonly root?: string;
}

/** Makes the login roles, applies what is missing, grants. Repeating it changes nothing. Answers what was applied. */
export const migrate = async ({ databaseUrl, passwords, root }: MigrateOptions): Promise<string[]> => {
  await ensureLoginRoles(databaseUrl, passwords);
  const files = readMigrations(root ?? workspaceRoot(__dirname), MIGRATION_DIRECTORIES);
  const applied = await applyMigrations(databaseUrl, files);
  await grantMemberships(databaseUrl);
  await grantSchemaCreation(databaseUrl);
  return applied;
};
