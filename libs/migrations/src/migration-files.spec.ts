import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations } from './index';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-migrations-'));
  mkdirSync(join(root, 'b'));
  writeFileSync(join(root, 'b', '0002-two.sql'), 'SELECT 2');
  writeFileSync(join(root, 'b', '0001-one.sql'), 'SELECT 1');
});

afterEach(() => rmSync(root, { recursive: true }));

describe('readMigrations', () => {
  it('orders files by number and passes over directories that do not exist', () => {
    expect(readMigrations(root, ['a', 'b']).map(({ name, sql }) => [name, sql])).toEqual([
      ['b/0001-one.sql', 'SELECT 1'],
      ['b/0002-two.sql', 'SELECT 2'],
    ]);
  });

  it('refuses a file whose name gives no order', () => {
    writeFileSync(join(root, 'b', 'three.sql'), 'SELECT 3');
    expect(() => readMigrations(root, ['b'])).toThrow(
      'b/three.sql: a migration is named NNNN-what-it-does.sql',
    );
  });
});
