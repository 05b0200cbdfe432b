import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { Client } from 'pg';
import { applyMigrations, readMigrations } from '@gatehouse/migrations';

const DIRECTORIES = ['first', 'absent', 'second'];

let database: TestDatabase;
let root: string;

const write = (path: string, sql: string): void => writeFileSync(join(root, path), sql);
const apply = (): Promise<string[]> => applyMigrations(database.url, readMigrations(root, DIRECTORIES));

const count = async (sql: string): Promise<number> => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
};

beforeEach(async () => {
  database = await testDatabase({ migrations: [] });
  root = mkdtempSync(join(tmpdir(), 'gatehouse-migrations-'));
  mkdirSync(join(root, 'first'));
  mkdirSync(join(root, 'second'));
  write('second/0001-more.sql', 'INSERT INTO things VALUES (2)');
  write('first/0001-things.sql', 'CREATE TABLE things (id int PRIMARY KEY)');
  write('first/0002-one.sql', 'INSERT INTO things VALUES (1)');
});

afterEach(async () => {
  await database.drop();
  rmSync(root, { recursive: true });
});

describe('applyMigrations', () => {
  it('applies directories in order and files by number, each once', async () => {
    expect(await apply()).toEqual(['first/0001-things.sql', 'first/0002-one.sql', 'second/0001-more.sql']);
    expect(await apply()).toEqual([]);
    expect(await count('SELECT FROM things')).toBe(2);
  });

  it('lets one of two starters do the work', async () => {
    const applied = await Promise.all([apply(), apply(), apply()]);
    expect(applied.flat()).toHaveLength(3);
  });

  it('keeps nothing of a file that fails, and all before it', async () => {
    write('first/0003-bad.sql', 'INSERT INTO things VALUES (3); SELECT nonsense');
    await expect(apply()).rejects.toThrow('first/0003-bad.sql: column "nonsense" does not exist');
    expect(await count('SELECT FROM things')).toBe(1);
    write('first/0003-bad.sql', 'INSERT INTO things VALUES (3)');
    expect(await apply()).toEqual(['first/0003-bad.sql', 'second/0001-more.sql']);
  });

  it('refuses a file that was changed after it was applied', async () => {
    await apply();
    write('first/0002-one.sql', 'INSERT INTO things VALUES (11)');
    await expect(apply()).rejects.toThrow('first/0002-one.sql was changed after it was applied');
  });
});
