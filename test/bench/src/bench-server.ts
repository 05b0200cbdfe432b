import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@gatehouse/embedded-postgres';
import {
  applyMigrations,
  ensureLoginRoles,
  grantMemberships,
  grantRights,
  grantSchemaCreation,
  readMigrations,
  workspaceRoot,
} from '@gatehouse/migrations';
import { databaseRoleOf, forEachName, SERVICE_NAMES } from '@gatehouse/topology';

export interface BenchServer {
  /** As the login role of a service that owns streams. */
  readonly url: string;
  /** For scripts; removed with the server. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** A Postgres of its own with the settings of the product: commits are as durable as they are there. */
export const startBenchServer = async (): Promise<BenchServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const server = await startPostgres({
    dataDir: join(directory, 'data'),
    log: join(directory, 'postgres.log'),
    superuserPassword: randomBytes(16).toString('hex'),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const password = randomBytes(16).toString('hex');
    await ensureLoginRoles(
      server.url(),
      forEachName(SERVICE_NAMES, () => password),
    );
    await applyMigrations(
      server.url(),
      readMigrations(workspaceRoot(), [
        'libs/event-store-postgres/migrations',
        'libs/bus-postgres/migrations',
      ]),
    );
    await grantMemberships(server.url());
    await grantRights(server.url());
    await grantSchemaCreation(server.url());
    const url = new URL(server.url());
    url.username = databaseRoleOf('provisioning');
    url.password = password;
    return { url: url.href, directory, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
