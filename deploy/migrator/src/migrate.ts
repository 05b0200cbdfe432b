import {
  applyMigrations,
  ensureLoginRoles,
  grantMemberships,
  grantRights,
  grantSchemaCreation,
  readMigrations,
  workspaceRoot,
} from '@gatehouse/migrations';
import { SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';

/** Every directory of migrations, in the order in which they build on each other. */
const MIGRATION_DIRECTORIES: readonly string[] = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  ...SERVICE_NAMES.map((name) => `services/${name}/migrations`),
];

export interface MigrateOptions {
  /** Of the database's owner, who may make roles. */
  readonly databaseUrl: string;
  /** The services' login roles get these. */
  readonly passwords: Readonly<Record<ServiceName, string>>;
  /** Where the directories are; absent: the workspace this package is in. */
  readonly root?: string;
}

/** Makes the login roles, applies what is missing, makes the topics, grants. Repeating it changes nothing. Answers what was applied. */
export const migrate = async ({ databaseUrl, passwords, root }: MigrateOptions): Promise<string[]> => {
  await ensureLoginRoles(databaseUrl, passwords);
  const files = readMigrations(root ?? workspaceRoot(__dirname), MIGRATION_DIRECTORIES);
  const applied = await applyMigrations(databaseUrl, files);
  await grantMemberships(databaseUrl);
  await grantRights(databaseUrl);
  await grantSchemaCreation(databaseUrl);
  return applied;
};
