import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One SQL file, read. */
export interface MigrationFile {
  /** Directory and file, `libs/bus-postgres/migrations/0001-bus.sql`: two packages may both have a `0001`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;

/**
 * Reads the migrations of the given directories (relative to `root`, `/` as separator): directories in the order
 * given, files by number within each. A directory that does not exist has none.
 */
export const readMigrations = (root: string, directories: readonly string[]): MigrationFile[] =>
  directories.flatMap((directory) => {
    const path = join(root, directory);
    if (!existsSync(path)) return [];
    const files = readdirSync(path).filter((file) => file.endsWith('.sql'));
    return files.sort().map((file) => readMigration(path, directory, file));
  });

const readMigration = (path: string, directory: string, file: string): MigrationFile => {
  const name = posix.join(directory, file);
  if (!FILE_NAME.test(file)) throw new Error(`${name}: a migration is named NNNN-what-it-does.sql`);
  const sql = readFileSync(join(path, file), 'utf8');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
};
