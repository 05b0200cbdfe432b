import { Client } from 'pg';
import { Umzug, type UmzugStorage } from 'umzug';
import type { MigrationFile } from './migration-files';

/** Session advisory lock of whoever migrates: an arbitrary number that nothing else here uses. */
const MIGRATION_LOCK = 5_062_411_794_301n;

const BOOKKEEPING = `
  CREATE SCHEMA IF NOT EXISTS migrations;
  CREATE TABLE IF NOT EXISTS migrations.applied (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );
`;

/**
 * Applies the files that the database does not have yet, in order, each in a transaction of its own together with
 * its record. Whoever comes second waits and finds nothing to do. Answers the names applied now.
 *
 * A file that was changed after it was applied is refused: history is only added to.
 */
export const applyMigrations = async (url: string, files: readonly MigrationFile[]): Promise<string[]> => {
  const client = new Client({ connectionString: url });
  // Without a listener a connection lost between two statements would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(BOOKKEEPING);
    await refuseChanged(client, files);
    const applied = await umzugOf(client, files).up();
    return applied.map(({ name }) => name);
  } finally {
    await client.end();
  }
};

const umzugOf = (client: Client, files: readonly MigrationFile[]): Umzug<Client> =>
  new Umzug<Client>({
    context: client,
    logger: undefined,
    storage: new AppliedMigrations(client),
    migrations: files.map((file) => ({ name: file.name, up: () => apply(client, file) })),
  });

/** Umzug's view of the table. The row itself is written with the migration, so that neither exists without the other. */
class AppliedMigrations implements UmzugStorage<Client> {
  constructor(private readonly client: Client) {}

  async executed(): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>('SELECT name FROM migrations.applied');
    return rows.map(({ name }) => name);
  }

  async logMigration(): Promise<void> {
    // Written by `apply`.
  }

  async unlogMigration(): Promise<void> {
    throw new Error('migrations are never taken back');
  }
}

const apply = async (client: Client, file: MigrationFile): Promise<void> => {
  try {
    await client.query('BEGIN');
    await client.query(file.sql);
    await client.query('INSERT INTO migrations.applied (name, checksum) VALUES ($1, $2)', [
      file.name,
      file.checksum,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`${file.name}: ${(cause as Error).message}`, { cause });
  }
};

const refuseChanged = async (client: Client, files: readonly MigrationFile[]): Promise<void> => {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM migrations.applied',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of files) {
    if ((applied.get(name) ?? checksum) !== checksum)
      throw new Error(`${name} was changed after it was applied`);
  }
};
