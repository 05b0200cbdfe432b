import { createHash, randomBytes } from 'node:crypto';
import {
  applyMigrations,
  ensureLoginRoles,
  grantMemberships,
  grantRights,
  grantSchemaCreation,
  readMigrations,
  workspaceRoot,
  type MigrationFile,
} from '@gatehouse/migrations';
import {
  databaseRoleOf,
  forEachName,
  SERVICE_NAMES,
  SERVICES,
  type ServiceName,
  STREAM_EVENTS,
  TOPICS,
} from '@gatehouse/topology';
import { Client, escapeIdentifier } from 'pg';
import { TEST_SERVER_VARIABLE } from './test-server';

export interface TestDatabaseOptions {
  /** Directories of migrations relative to the repository's root, in order: `libs/event-store-postgres/migrations`. */
  readonly migrations: readonly string[];
  /** A server of the test's own, as the superuser: one that it may kill. Absent: the run's. */
  readonly server?: string;
}

export interface TestDatabase {
  /** As the owner of everything in the database (the superuser). */
  readonly url: string;
  /** The same; named for tests that mean it. */
  readonly superuserUrl: string;
  /** As the login role of a service, with the grants it has in production. */
  urlAs(service: ServiceName): string;
  /** Cuts what is still connected and removes the database. */
  drop(): Promise<void>;
}

/** Everyone's password on a server of tests, which listens on 127.0.0.1 for the run's duration. */
const ROLE_PASSWORD = 'test';

/** Arbitrary; held on the `postgres` database while a template is made or roles are touched. */
const TEMPLATE_LOCK = 5_062_411_794_303n;

/**
 * A fresh, migrated database. The first call for a set of migrations applies them to a template;
 * the others copy it.
 */
export const testDatabase = async (options: TestDatabaseOptions): Promise<TestDatabase> => {
  const { migrations, server = await serverUrl() } = options;
  const files = readMigrations(workspaceRoot(), migrations);
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = await ensureTemplate(server, files);
  await query(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = withPath(server, name);
  await grantSchemaCreation(url);
  return {
    url,
    superuserUrl: url,
    urlAs: (service) => withUser(url, databaseRoleOf(service), ROLE_PASSWORD),
    drop: () => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
};

const serverUrl = async (): Promise<string> => {
  const address = process.env[TEST_SERVER_VARIABLE];
  if (address === undefined) throw new Error('testDatabase() needs the global setup of jest.preset.cjs');
  const response = await fetch(address);
  const body = await response.text();
  if (!response.ok) throw new Error(`no Postgres for the tests: ${body}`);
  return body;
};

const ensureTemplate = async (server: string, files: readonly MigrationFile[]): Promise<string> => {
  // The rights in it are of these lists.
  const digest = createHash('sha256').update(JSON.stringify([SERVICES, STREAM_EVENTS, TOPICS]));
  for (const { name, checksum } of files) digest.update(`${name} ${checksum}\n`);
  const template = `template_${digest.digest('hex').slice(0, 16)}`;
  await withClient(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount) return;
    await makeTemplate(client, server, template, files);
  });
  return template;
};

/** Made under another name and renamed at the end, so that a template that exists is complete. */
const makeTemplate = async (
  client: Client,
  server: string,
  template: string,
  files: readonly MigrationFile[],
): Promise<void> => {
  const making = `making_${randomBytes(8).toString('hex')}`;
  await client.query(`CREATE DATABASE ${making}`);
  try {
    await ensureLoginRoles(server, passwords());
    await applyMigrations(withPath(server, making), files);
    await grantMemberships(server);
    await grantRights(withPath(server, making));
    await client.query(`ALTER DATABASE ${making} RENAME TO ${escapeIdentifier(template)}`);
  } catch (error) {
    await client.query(`DROP DATABASE IF EXISTS ${making} WITH (FORCE)`);
    throw error;
  }
};

const passwords = () => forEachName(SERVICE_NAMES, () => ROLE_PASSWORD);

const withPath = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

const withUser = (url: string, user: string, password: string): string => {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
};

const query = (url: string, sql: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query(sql);
  });

const withClient = async (url: string, run: (client: Client) => Promise<void>): Promise<void> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await run(client);
  } finally {
    await client.end();
  }
};
